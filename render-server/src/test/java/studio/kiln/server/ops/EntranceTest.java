package studio.kiln.server.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EntranceTest {
    @Test
    void without_a_word_there_are_no_accounts_and_only_the_loopback() {
        assertThat(Entrance.of(Map.of())).isEqualTo(Entrance.LOCAL);
        assertThatThrownBy(() -> Entrance.of(Map.of("KILN_BIND", "0.0.0.0"))).hasMessageContaining("KILN_MODE=studio");
        assertThatThrownBy(() -> Entrance.of(Map.of("KILN_MODE", "farm"))).hasMessageContaining("'studio'");
    }

    @Test
    void accounts_beyond_the_loopback_want_encryption_or_somebody_who_says_that_it_may_be_without() {
        assertThatThrownBy(() -> Entrance.of(Map.of("KILN_MODE", "studio", "KILN_BIND", "0.0.0.0")))
                .hasMessageContaining("KILN_TLS_CERT")
                .hasMessageContaining("--insecure-http");
        assertThat(Entrance.of(Map.of("KILN_MODE", "studio")).accounts()).isTrue();
        assertThat(Entrance.of(Map.of("KILN_MODE", "studio", "KILN_BIND", "0.0.0.0", "KILN_INSECURE_HTTP", "1"))
                        .bind())
                .isEqualTo("0.0.0.0");
        assertThat(Entrance.of(Map.of(
                                "KILN_MODE",
                                "studio",
                                "KILN_BIND",
                                "0.0.0.0",
                                "KILN_TLS_CERT",
                                "a.pem",
                                "KILN_TLS_KEY",
                                "b.pem"))
                        .tls())
                .isInstanceOf(Entrance.Tls.Pem.class);
    }

    @Test
    void half_a_certificate_and_two_of_them_are_mistakes() {
        assertThatThrownBy(() -> Entrance.of(Map.of("KILN_TLS_CERT", "a.pem"))).hasMessageContaining("KILN_TLS_KEY");
        assertThatThrownBy(() -> Entrance.of(
                        Map.of("KILN_TLS_CERT", "a.pem", "KILN_TLS_KEY", "b.pem", "KILN_TLS_PKCS12", "c.p12")))
                .hasMessageContaining("once");
    }

    @Test
    void a_password_is_never_shown() {
        assertThat(Entrance.of(Map.of("KILN_TLS_PKCS12", "c.p12", "KILN_TLS_PASSWORD", "hush"))
                        .toString())
                .contains("c.p12")
                .doesNotContain("hush");
    }
}

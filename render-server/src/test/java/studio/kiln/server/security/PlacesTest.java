package studio.kiln.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.api.ApiException;

class PlacesTest {
    private final Places places = new Places(List.of("Farm.Studio.example"), List.of("10.1.0.0/16", "fd00::5"));

    private static Gate.Incoming request(
            String peer,
            @Nullable String host,
            @Nullable String origin,
            @Nullable String forwardedFor,
            @Nullable String forwardedHost) {
        return new Gate.Incoming(
                new InetSocketAddress(peer, 5000),
                new InetSocketAddress("192.168.7.7", 3000),
                host,
                origin,
                null,
                forwardedFor,
                forwardedHost);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "farm.studio.example",
                "FARM.studio.example:3000",
                "192.168.7.7",
                "192.168.7.7:3000",
                "localhost:3000",
                "127.0.0.1",
                "[::1]:3000"
            })
    void the_server_answers_to_its_names_and_its_own_address(String host) {
        assertThatCode(() -> places.check(request("192.168.7.9", host, null, null, null)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "farm.studio.example.evil.example",
                "192.168.7.8",
                "192.168.7.7.evil.example",
                "",
                "3232237319",
                "0300.0250.7.7",
                "[fe80::1%eth0]",
                "999.1.1.1"
            })
    void the_server_answers_to_no_name_that_a_foreign_page_points_at_it(String host) {
        assertThatThrownBy(() -> places.check(request("192.168.7.9", host, null, null, null)))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(403));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "file://", "https://farm.studio.example.evil.example"})
    void a_page_of_another_origin_is_refused(String origin) {
        assertThatThrownBy(() -> places.check(request("192.168.7.9", "farm.studio.example", origin, null, null)))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void a_page_of_the_server_itself_is_not() {
        assertThatCode(() -> places.check(
                        request("192.168.7.9", "farm.studio.example:3000", "https://farm.studio.example", null, null)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // peer, X-Forwarded-For, where it came from
                "192.168.7.9 | -                        | 192.168.7.9",
                "192.168.7.9 | 8.8.8.8                  | 192.168.7.9",
                "10.1.2.3    | 8.8.8.8                  | 8.8.8.8",
                "10.1.2.3    | 1.1.1.1, 8.8.8.8         | 8.8.8.8",
                "10.1.2.3    | 1.1.1.1, 8.8.8.8, 10.1.9.9 | 8.8.8.8",
                "10.1.2.3    | 10.1.0.1                 | 10.1.2.3",
                "10.1.2.3    | evil.example             | 10.1.2.3",
                "10.2.2.3    | 8.8.8.8                  | 10.2.2.3",
                "fd00::5     | 8.8.8.8                  | 8.8.8.8",
                "fd00::6     | 8.8.8.8                  | fd00:0:0:0:0:0:0:6"
            })
    void only_listed_proxies_say_where_a_request_came_from(String peer, @Nullable String header, String from) {
        assertThat(places.address(request(peer, "localhost", null, header, null)))
                .isEqualTo(from);
    }

    @Test
    void only_listed_proxies_say_by_which_name_the_server_was_called() {
        assertThatCode(() -> places.check(request("10.1.2.3", "inner:8080", null, null, "farm.studio.example")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> places.check(request("192.168.7.9", "inner:8080", null, null, "farm.studio.example")))
                .isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> places.check(request("10.1.2.3", "localhost", null, null, "evil.example")))
                .isInstanceOf(ApiException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/x", "proxy.example", "", "10.0.0.0/-1"})
    void a_proxy_that_cannot_be_read_stops_the_start(String proxy) {
        assertThatThrownBy(() -> new Places(List.of(), List.of(proxy)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("KILN_PROXIES");
    }
}

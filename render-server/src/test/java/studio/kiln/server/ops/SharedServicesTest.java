package studio.kiln.server.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedServicesTest {
    @Test
    void without_them_a_server_is_on_its_own() {
        assertThat(SharedServices.of(Map.of("KILN_BROKER_URL", " "))).isEqualTo(SharedServices.NONE);
    }

    @Test
    void each_is_named_by_an_address_and_shows_no_password() {
        SharedServices shared = SharedServices.of(Map.of(
                "KILN_BROKER_URL", "amqp://kiln:geheim@rabbit:5673",
                "KILN_REDIS_URL", "rediss://:geheim@cache/2",
                "KILN_PREFIX", "night"));
        assertThat(shared.broker().prefix()).isEqualTo("night");
        assertThat(shared.broker().toString()).isEqualTo("amqp://rabbit:5673");
        assertThat(shared.redis().uri().toString()).isEqualTo("rediss://:geheim@cache:6379/2");
        assertThat(shared.toString()).doesNotContain("geheim");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://rabbit", "rabbit:5672", "amqp://:geheim@", "amqp://kiln:geheim %@rabbit"})
    void what_is_no_address_of_a_broker_is_refused_by_the_name_of_the_variable(String url) {
        assertThatThrownBy(() -> SharedServices.of(Map.of("KILN_BROKER_URL", url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("KILN_BROKER_URL")
                .hasMessageContaining("amqp://USER:PASSWORD@HOST")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void a_prefix_that_would_be_no_good_name_of_a_queue_is_refused() {
        assertThatThrownBy(() -> SharedServices.of(Map.of("KILN_PREFIX", "a b")))
                .hasMessageContaining("KILN_PREFIX");
    }
}

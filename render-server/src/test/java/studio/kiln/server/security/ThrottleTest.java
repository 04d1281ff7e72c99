package studio.kiln.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    @Test
    void the_wait_doubles_up_to_its_most() {
        Duration most = Duration.ofMinutes(1);
        assertThat(Throttle.pause(-1, most)).isZero();
        assertThat(Throttle.pause(0, most)).isEqualTo(Duration.ofSeconds(1));
        assertThat(Throttle.pause(3, most)).isEqualTo(Duration.ofSeconds(8));
        assertThat(Throttle.pause(6, most)).isEqualTo(most);
        assertThat(Throttle.pause(Integer.MAX_VALUE, most)).isEqualTo(most);
    }

    @Test
    void all_addresses_of_one_network_of_ipv6_count_as_one() {
        assertThat(Throttle.network("2001:db8:1:2:3:4:5:6"))
                .isEqualTo(Throttle.network("2001:db8:1:2::99"))
                .isNotEqualTo(Throttle.network("2001:db8:1:3::99"));
        assertThat(Throttle.network("10.0.0.1")).isNotEqualTo(Throttle.network("10.0.0.2"));
    }
}

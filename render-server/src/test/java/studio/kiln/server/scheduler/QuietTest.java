package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class QuietTest {
    private long now;
    private final Quiet quiet = new Quiet(Duration.ofSeconds(60), () -> now);

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            now += TimeUnit.SECONDS.toNanos(1);
            quiet.isNow();
        }
    }

    @Test
    void nothing_is_taken_back_for_one_lease_time_after_the_start() {
        pass(59);
        assertThat(quiet.isNow()).isTrue();
        pass(1);
        assertThat(quiet.isNow()).isFalse();
    }

    @Test
    void nothing_is_taken_back_for_one_lease_time_after_the_database_came_back() {
        pass(100);
        quiet.begin();
        pass(59);
        assertThat(quiet.isNow()).isTrue();
        pass(1);
        assertThat(quiet.isNow()).isFalse();
    }

    @Test
    void a_server_that_was_stopped_for_a_while_takes_nothing_back_either() {
        pass(100);
        now += TimeUnit.MINUTES.toNanos(2);
        assertThat(quiet.isNow()).isTrue();
        pass(60);
        assertThat(quiet.isNow()).isFalse();
    }

    @Test
    void a_short_pause_is_none() {
        pass(100);
        now += TimeUnit.SECONDS.toNanos(4);
        assertThat(quiet.isNow()).isFalse();
    }
}

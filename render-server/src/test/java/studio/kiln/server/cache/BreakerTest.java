package studio.kiln.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final Breaker breaker = new Breaker(now::get);

    @Test
    void after_a_failure_nobody_tries_for_a_second_and_then_one_does() {
        assertThat(breaker.mayTry()).isTrue();
        assertThat(breaker.failed()).isTrue();
        assertThat(breaker.mayTry()).isFalse();
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_001));
        assertThat(breaker.mayTry()).isTrue();
        assertThat(breaker.mayTry()).isFalse();
        assertThat(breaker.failed()).isFalse();
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(999));
        assertThat(breaker.mayTry()).isFalse();
    }

    @Test
    void after_success_everybody_tries_again() {
        breaker.failed();
        breaker.succeeded();
        assertThat(breaker.mayTry()).isTrue();
        assertThat(breaker.mayTry()).isTrue();
        assertThat(breaker.failed()).isTrue();
    }
}

package studio.kiln.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class InterruptionTest {
    private final List<Integer> exits = new ArrayList<>();
    private final List<Integer> heard = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final Interruption interruption = new Interruption(exits::add, nanos::get);

    @Test
    void the_signal_that_timeout_sends_twice_at_once_counts_once() {
        try (Interruption.Scope scope = interruption.during(heard::add)) {
            interruption.signal(143);
            interruption.signal(143);
            assertThat(heard).containsExactly(143);
            assertThat(exits).isEmpty();
            nanos.addAndGet(1_500_000_000L);
            interruption.signal(143);
            assertThat(exits).containsExactly(143);
        }
    }

    @Test
    void what_is_said_before_a_command_begins_is_not_said_after_it_began() {
        interruption.atFirst(code -> heard.add(-code));
        interruption.signal(130);
        assertThat(heard).containsExactly(-130);
        Interruption other = new Interruption(exits::add, nanos::get);
        other.atFirst(code -> heard.add(-code));
        try (Interruption.Scope scope = other.during(heard::add)) {
            assertThat(exits).isEmpty();
        }
        other.signal(130);
        assertThat(heard).containsExactly(-130);
        assertThat(exits).containsExactly(130);
    }

    @Test
    void a_command_that_has_nothing_to_put_in_order_ends_at_the_first() {
        interruption.signal(130);
        assertThat(exits).containsExactly(130);
    }
}

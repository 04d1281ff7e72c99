package studio.kiln.server.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StartPhasesTest {
    @Test
    void eachPartHasItsMillisecondsAndAllTogetherTheSum() {
        AtomicLong nanos = new AtomicLong(5);
        StartPhases phases = new StartPhases(Duration.ofMillis(300), nanos::get);
        nanos.addAndGet(500_000_000);
        phases.done("database");
        nanos.addAndGet(40_000_000);
        phases.done("HTTP");
        assertThat(phases).hasToString("840 ms after its process began (Java 300, database 500, HTTP 40)");
    }
}

package studio.kiln.server.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.cli.CommandLineFixture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The measurement itself counts what it did; how fast it was is no matter of a test. */
@Tag("contract")
class SchedulerBenchTest {
    @TempDir
    Path folder;

    @Test
    void every_lifecycle_of_the_measurement_left_its_rows() {
        CommandLineFixture.Outcome outcome = new CommandLineFixture(folder)
                .run("bench", "scheduler", "--waiting", "500", "--tasks", "100", "--lifecycles", "100", "--json");
        assertThat(outcome.exit()).as(outcome.err()).isZero();
        JsonNode measured = JsonMapper.shared().readTree(outcome.out());
        assertThat(measured.path("mode").asString()).isEqualTo("embedded");
        assertThat(measured.path("durability").path("H2 WRITE_DELAY").asString())
                .isEqualTo("0");
        JsonNode counted = measured.path("rows").path(0).path("counted");
        long lifecycles = counted.path("lifecycles").asLong();
        assertThat(lifecycles).isGreaterThanOrEqualTo(300);
        assertThat(counted.path("attempts").asLong()).isEqualTo(lifecycles);
        assertThat(counted.path("results").asLong()).isEqualTo(lifecycles);
        assertThat(counted.path("timeline").asLong()).isEqualTo(7 * lifecycles);
        assertThat(measured.path("rows").path(0).path("lifecyclesPerSecond").asDouble())
                .isPositive();
    }
}

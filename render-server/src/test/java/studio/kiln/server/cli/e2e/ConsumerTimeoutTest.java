package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.task.AttemptState;
import studio.kiln.server.backend.StandIn;

/** A broker that takes back after a minute what is not acknowledged, and chunks that take three. */
@Tag("fault")
@Tag("long")
class ConsumerTimeoutTest {
    private static final int SECONDS = 180;
    private static final int WAITING = 3;
    private static final int SLOTS = 2;

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void long_chunks_are_rendered_once_though_the_broker_waits_a_minute_for_acknowledgements() throws Exception {
        try (StudioFarm farm = new StudioFarm(folder, Map.of())) {
            Broker broker = new Broker(folder.resolve("services"), farm.services.endpoint("rabbitmq"));
            broker.control("eval", "application:set_env(rabbit, consumer_timeout, 60000).");
            farm.serve();
            for (String name : List.of("a", "b")) {
                farm.join(
                        name,
                        Map.of("KILN_BLENDER", StandIn.program().toString(), "KILN_SLOTS", Integer.toString(SLOTS)));
            }
            farm.mend();
            // channels keep the limit of the time when they were opened
            broker.control("close_all_connections", "the limit has changed");
            farm.awaitHealthy();
            Channel forgetful = broker.neverAcknowledging();
            Path model = Files.write(
                    folder.resolve("long.blend"),
                    StandIn.model("\"modes\": \"slow=" + SECONDS + "\", \"frame_end\": 100"));
            int chunks = 2 * SLOTS * (1 + WAITING);
            List<String> tasks = new ArrayList<>();
            for (int frame = 1; frame <= chunks; frame++) {
                tasks.add(farm.submit(model, Integer.toString(frame)));
            }
            for (String task : tasks) {
                await().atMost(Duration.ofSeconds(SECONDS * (WAITING + 2)))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() -> farm.client().task(task).state().isEnd());
                farm.verify(task, 1);
                assertThat(farm.attempts(task))
                        .hasSize(1)
                        .allMatch(attempt -> attempt.state() == AttemptState.SUCCEEDED);
            }
            assertThat(forgetful.isOpen()).as("the limit holds").isFalse();
            assertThat(Files.readString(farm.services.log("rabbitmq")).lines())
                    .filteredOn(line -> line.contains("caused a channel exception"))
                    .as("only that of the one who never acknowledges")
                    .hasSize(1);
        }
    }
}

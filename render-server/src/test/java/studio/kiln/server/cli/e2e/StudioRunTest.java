package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.task.AttemptState;

/** That the farm of the studio run is one: all of its parts work, whichever server is asked. */
@Tag("studio")
class StudioRunTest {
    private static StudioRun farm;
    private static Kiln kiln;

    @TempDir
    Path folder;

    @BeforeAll
    static void begin() {
        assertThat(StudioRun.isOn()).as("KILN_TEST_MODE is studio").isTrue();
        farm = StudioRun.farm();
        kiln = Kiln.ofThisRun();
    }

    @AfterAll
    static void end() {
        kiln.close();
    }

    @Test
    void databaseBrokerRedisAndStoreAreUpForBothServers() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (URI server : farm.servers()) {
                HttpRequest ready = HttpRequest.newBuilder(server.resolve("/api/health/ready"))
                        .build();
                await().untilAsserted(() -> {
                    String said = http.send(ready, HttpResponse.BodyHandlers.ofString())
                            .body();
                    for (String part : List.of("database", "broker", "redis", "store")) {
                        assertThat(said.replace(" ", "")).contains("\"" + part + "\":\"up\"");
                    }
                });
            }
        }
    }

    @Test
    void bothNodesRenderOneTaskAndBothServersShowTheSameResults() throws IOException {
        Path out = folder.resolve("out");
        Kiln.Outcome rendered = kiln.quick(
                "render",
                Assets.path("bench/frames20.blend").toString(),
                "--frames",
                "1-20",
                "--fresh",
                "-o",
                out.toString(),
                "--json");
        assertThat(rendered.exit()).as(rendered.toString()).isZero();
        String task = rendered.json().path("taskId").asString();
        try (KilnClient one = farm.client(0);
                KilnClient two = farm.client(1)) {
            Set<String> nodes = new HashSet<>();
            for (ChunkView chunk : one.chunks(task)) {
                chunk.attempts().stream()
                        .filter(attempt -> attempt.state() == AttemptState.SUCCEEDED)
                        .forEach(attempt -> nodes.add(attempt.node()));
            }
            assertThat(nodes).containsExactlyInAnyOrder("one", "two");
            assertThat(two.results(task, null, 50).items())
                    .hasSize(20)
                    .isEqualTo(one.results(task, null, 50).items());
            assertThat(two.task(task)).isEqualTo(one.task(task));
            assertThat(one.verify(task).mended()).isEmpty();
        }
        assertThat(farm.homes())
                .as("no server keeps files of its own")
                .allSatisfy(home -> assertThat(home.resolve("blobs")).doesNotExist());
    }
}

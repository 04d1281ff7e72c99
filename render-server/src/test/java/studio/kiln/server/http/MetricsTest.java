package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiJson;
import studio.kiln.server.ops.LogFields;
import studio.kiln.server.ops.Logging;
import studio.kiln.server.ops.ServerConfig;
import tools.jackson.databind.JsonNode;

/** What machines read of a server: its metrics, and its log as JSON. */
@Tag("contract")
class MetricsTest {
    @TempDir
    Path home;

    @Test
    void whoeverRunsTheFarmReadsItsNumbers() throws Exception {
        try (RunningServer running = RunningServer.start(home)) {
            running.send(running.request("/api/tasks"));
            running.send(running.request("/api/tasks/1234"));
            assertThat(running.send(running.bare("/api/metrics")).statusCode()).isEqualTo(401);
            // an answer is counted when it has gone out, which the next request may overtake
            HttpResponse<String> answer = Awaitility.await()
                    .until(
                            () -> running.send(running.request("/api/metrics")),
                            a -> a.body().contains("route=\"/api/metrics\",status=\"401\""));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain");
            assertThat(answer.body())
                    .contains("kiln_queue_chunks{state=\"ready\"} 0.0")
                    .contains("kiln_http_requests_seconds_count{method=\"GET\",route=\"/api/tasks\",status=\"200\"} 1")
                    .contains(
                            "kiln_http_requests_seconds_count{method=\"GET\",route=\"/api/tasks/{task}\",status=\"404\"} 1")
                    .contains("kiln_status_cache_total{result=\"hit\"}")
                    .contains("kiln_render_seconds_bucket")
                    .contains("kiln_database_up 1.0")
                    .doesNotContain("1234");
        }
    }

    @Test
    void theLogIsJsonWhereItIsAskedForAndSaysWhatALineIsAbout() throws Exception {
        ServerConfig config = ServerConfig.of(Map.of("KILN_LOG_FORMAT", "json"));
        try (RunningServer running = RunningServer.start(
                home,
                usual -> new ServerConfig(
                        usual.home(),
                        usual.port(),
                        usual.user(),
                        usual.slots(),
                        usual.idleLimit(),
                        usual.limits(),
                        usual.renders(),
                        usual.entrance(),
                        config.environment()))) {
            try (LogFields fields = LogFields.of("task-1", "chunk-2", "attempt-3")) {
                LoggerFactory.getLogger("studio.kiln.server.Test").info("A frame of {}\nand more", "\"clay\"");
            }
            assertThat(running.server.routes()).isNotEmpty();
            List<String> lines = Files.readAllLines(Logging.file(home));
            assertThat(lines)
                    .allSatisfy(line ->
                            assertThat(ApiJson.STRICT.readTree(line).isObject()).isTrue());
            JsonNode line = lines.stream()
                    .map(ApiJson.STRICT::readTree)
                    .filter(node -> node.path("formattedMessage").asString("").startsWith("A frame"))
                    .findFirst()
                    .orElseThrow();
            assertThat(line.path("formattedMessage").asString()).isEqualTo("A frame of \"clay\"\nand more");
            assertThat(line.path("mdc").path("task").asString()).isEqualTo("task-1");
            assertThat(line.path("mdc").path("chunk").asString()).isEqualTo("chunk-2");
            assertThat(line.path("mdc").path("attempt").asString()).isEqualTo("attempt-3");
            assertThat(line.path("level").asString()).isEqualTo("INFO");
        }
    }
}

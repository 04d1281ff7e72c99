package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerView;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ServerLocator;
import studio.kiln.server.ops.ServerConfig;

@Tag("contract")
class ServerStartTest {
    @TempDir
    Path home;

    private ServerConfig config() {
        return ServerConfig.of(Map.of()).withHome(home).withoutNode();
    }

    @Test
    void aServerSaysWhereItIsAndLeavesNoTraceWhenItEnds() throws Exception {
        Path file = home.resolve("run/server.json");
        try (KilnServer server = KilnServer.start(config());
                KilnClient client = new KilnClient(server.address())) {
            ServerView view = client.server();
            assertThat(view.dataFolder()).isEqualTo(home.toString());
            assertThat(view.user()).isEqualTo(System.getProperty("user.name"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(ServerLocator.find(home)).contains(server.address());
        }
        assertThat(file).doesNotExist();
        assertThat(ServerLocator.find(home)).isEmpty();
    }

    @Test
    void aSecondServerForTheSameFolderSaysWhoOwnsIt() throws Exception {
        try (KilnServer first = KilnServer.start(config())) {
            assertThatThrownBy(() -> KilnServer.start(config()))
                    .isInstanceOf(KilnServer.AlreadyOwned.class)
                    .hasMessageContaining("port " + first.address().base().getPort())
                    .hasMessageContaining("kiln stop");
        }
    }

    @Test
    void aServerStartsWhereAnotherWasKilled() throws Exception {
        Files.createDirectories(home.resolve("run"));
        Files.writeString(home.resolve("run/owner.lock"), "");
        Files.writeString(
                home.resolve("run/server.json"),
                "{\"port\":1,\"token\":\"x\",\"pid\":4194303,\"startedAt\":\"2026-01-01T00:00:00Z\",\"version\":\"0\"}");
        assertThat(ServerLocator.find(home)).isEmpty();
        try (KilnServer server = KilnServer.start(config())) {
            assertThat(ServerLocator.find(home)).contains(server.address());
        }
    }

    @Test
    void stopEndsTheServerAfterItHasAnswered() throws Exception {
        try (KilnServer server = KilnServer.start(config());
                KilnClient client = new KilnClient(server.address())) {
            client.stop();
            server.awaitEnd();
            assertThat(ServerLocator.find(home)).isEmpty();
        }
    }

    @Test
    void healthIsToldToAnybody() throws Exception {
        try (KilnServer server = KilnServer.start(config());
                HttpClient http = HttpClient.newHttpClient()) {
            for (String path : new String[] {"live", "ready"}) {
                URI uri = server.address().base().resolve("/api/health/" + path);
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).contains("\"up\"");
            }
        }
    }
}

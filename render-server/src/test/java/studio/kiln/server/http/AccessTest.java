package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerAddress;

@Tag("contract")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTest {
    @TempDir
    static Path home;

    private RunningServer running;

    @BeforeAll
    void start() throws IOException {
        running = RunningServer.start(home);
    }

    @AfterAll
    void stop() {
        running.close();
    }

    @Test
    void aRequestWithoutATokenIsNotLetIn() throws Exception {
        HttpResponse<String> answer = running.send(running.bare("/api/server"));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(v -> assertThat(v).startsWith("Bearer"));
        assertThat(RunningServer.problem(answer).detail()).contains("run/server.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "Bearer", "Basic eDp5"})
    void aWrongTokenIsNotLetIn(String token) {
        try (KilnClient stranger = new KilnClient(new ServerAddress(
                running.server.address().base(), running.server.address().token() + token + "x"))) {
            assertThatThrownBy(stranger::server)
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(401));
        }
    }

    @Test
    void everyRouteButHealthAndTheDescriptionAsksForAToken() throws Exception {
        // to sign in one need not be known; on a machine of one's own there is nothing to sign in to
        Map<String, Integer> open = Map.of(
                "/api/health/live",
                200,
                "/api/health/ready",
                200,
                "/api/openapi.json",
                200,
                "/api/login",
                409,
                "/api/setup",
                409,
                "/api/nodes/join",
                409);
        for (Route route : running.server.routes()) {
            HttpResponse<String> answer = running.send(running.bare(route.path().replaceAll("\\{[^}]*}", "x"))
                    .method(route.method(), java.net.http.HttpRequest.BodyPublishers.noBody()));
            if (open.containsKey(route.path())) {
                assertThat(route.permission()).isEqualTo(Permission.PUBLIC);
                assertThat(answer.statusCode()).as(route.path()).isEqualTo(open.get(route.path()));
            } else {
                assertThat(answer.statusCode())
                        .as(route.method() + " " + route.path())
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void aPageThatPointsItsNameHereIsRefused() throws Exception {
        String token = running.server.address().token();
        assertThat(raw("GET /api/server HTTP/1.1\r\nHost: evil.example:"
                        + running.server.address().base().getPort() + "\r\nAuthorization: Bearer " + token
                        + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /api/health/live HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .as("public routes too")
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /api/server HTTP/1.1\r\nHost: LOCALHOST\r\nAuthorization: Bearer " + token
                        + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void aRequestFromAForeignPageIsRefused() throws Exception {
        for (String origin : List.of("https://evil.example", "null", "http://127.0.0.1.evil.example")) {
            assertThat(running.send(running.request("/api/server").header("Origin", origin))
                            .statusCode())
                    .as(origin)
                    .isEqualTo(403);
        }
        URI base = running.server.address().base();
        assertThat(running.send(running.request("/api/server").header("Origin", base.toString()))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void onlyTheLoopbackIsListenedTo() throws Exception {
        int port = running.server.address().base().getPort();
        List<InetAddress> others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> !a.isLoopbackAddress())
                .toList();
        for (InetAddress other : others) {
            assertThatThrownBy(() -> new Socket(other, port).close()).isInstanceOf(IOException.class);
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket =
                new Socket("127.0.0.1", running.server.address().base().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

package studio.kiln.server.http;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.server.KilnServer;
import studio.kiln.server.cli.e2e.StudioRun;
import studio.kiln.server.ops.ServerConfig;

/** A real server without a node in a folder of its own, or one of a farm, and ways to ask it. */
final class RunningServer implements AutoCloseable {
    /** Null for one of a farm, which is another process. */
    final @Nullable KilnServer server;

    final KilnClient client;
    private final ServerAddress address;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningServer(@Nullable KilnServer server, ServerAddress address) {
        this.server = server;
        this.address = address;
        this.client = new KilnClient(address);
    }

    private static RunningServer of(KilnServer server) {
        return new RunningServer(server, server.address());
    }

    /** A server of the farm in a studio run, else one with a node that renders. */
    static RunningServer ofThisRun(Path home, Map<String, String> environment) throws IOException {
        return StudioRun.isOn() ? new RunningServer(null, StudioRun.farm().address(1)) : withNode(home, environment);
    }

    static RunningServer start(Path home) throws IOException {
        return start(home, config -> config);
    }

    static RunningServer start(Path home, UnaryOperator<ServerConfig> change) throws IOException {
        return of(KilnServer.start(
                change.apply(ServerConfig.of(Map.of()).withHome(home).withoutNode())));
    }

    /** With a node that renders. */
    static RunningServer withNode(Path home, Map<String, String> environment) throws IOException {
        return of(KilnServer.start(ServerConfig.of(environment).withHome(home)));
    }

    HttpRequest.Builder request(String path) {
        return bare(path).header("Authorization", "Bearer " + address.token());
    }

    HttpRequest.Builder bare(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
    }

    URI uri(String path) {
        return URI.create(address.base() + path);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> postJson(String path, String body) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    static Problem problem(HttpResponse<String> answer) {
        return ApiJson.STRICT.readValue(answer.body(), Problem.class);
    }

    @Override
    public void close() {
        client.close();
        http.close();
        if (server != null) {
            server.close();
        }
    }
}

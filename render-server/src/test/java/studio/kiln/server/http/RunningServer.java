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
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Problem;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;

/** A real server without a node in a folder of its own, and ways to ask it. */
final class RunningServer implements AutoCloseable {
    final KilnServer server;
    final KilnClient client;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningServer(KilnServer server) {
        this.server = server;
        this.client = new KilnClient(server.address());
    }

    static RunningServer start(Path home) throws IOException {
        return start(home, config -> config);
    }

    static RunningServer start(Path home, UnaryOperator<ServerConfig> change) throws IOException {
        return new RunningServer(KilnServer.start(
                change.apply(ServerConfig.of(Map.of()).withHome(home).withoutNode())));
    }

    /** With a node that renders. */
    static RunningServer withNode(Path home, Map<String, String> environment) throws IOException {
        return new RunningServer(KilnServer.start(ServerConfig.of(environment).withHome(home)));
    }

    HttpRequest.Builder request(String path) {
        return bare(path).header("Authorization", "Bearer " + server.address().token());
    }

    HttpRequest.Builder bare(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
    }

    URI uri(String path) {
        return URI.create(server.address().base() + path);
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
        server.close();
    }
}

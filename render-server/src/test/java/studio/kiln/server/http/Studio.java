package studio.kiln.server.http;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.SignedIn;
import studio.kiln.core.api.UserAdd;
import studio.kiln.server.ops.Entrance;

/** A real server with accounts, on the loopback, and an administrator "root" whose session is {@link #admin}. */
final class Studio implements AutoCloseable {
    static final String PASSWORD = "correct horse battery";

    final RunningServer running;
    final String admin;

    private Studio(RunningServer running, String admin) {
        this.running = running;
        this.admin = admin;
    }

    static Studio start(Path home) throws IOException, InterruptedException {
        return start(home, entrance -> entrance);
    }

    static Studio start(Path home, UnaryOperator<Entrance> change) throws IOException, InterruptedException {
        Entrance entrance = change.apply(new Entrance(true, "127.0.0.1", List.of(), List.of(), false, false, null));
        RunningServer running = RunningServer.start(home, config -> config.withEntrance(entrance));
        HttpResponse<String> made = running.send(json(
                running.bare("/api/setup"),
                new FirstAdmin(running.server.setupToken().orElseThrow(), "root", "The admin", PASSWORD)));
        if (made.statusCode() != 201) {
            throw new IllegalStateException(made.body());
        }
        return new Studio(
                running, ApiJson.STRICT.readValue(made.body(), SignedIn.class).token());
    }

    /** Makes an account and signs in; gives the session's token. */
    String user(String name, Role role) throws IOException, InterruptedException {
        HttpResponse<String> made = post(admin, "/api/users", new UserAdd(name, null, role, PASSWORD));
        if (made.statusCode() != 201) {
            throw new IllegalStateException(made.body());
        }
        return signIn(name);
    }

    String signIn(String name) throws IOException, InterruptedException {
        HttpResponse<String> in = running.send(json(running.bare("/api/login"), new SignIn(name, PASSWORD)));
        if (in.statusCode() != 200) {
            throw new IllegalStateException(in.body());
        }
        return ApiJson.STRICT.readValue(in.body(), SignedIn.class).token();
    }

    HttpResponse<String> get(String token, String path) throws IOException, InterruptedException {
        return running.send(with(token, path));
    }

    HttpResponse<String> post(String token, String path, Object body) throws IOException, InterruptedException {
        return running.send(json(with(token, path), body));
    }

    HttpResponse<String> post(String token, String path) throws IOException, InterruptedException {
        return running.send(with(token, path).POST(HttpRequest.BodyPublishers.noBody()));
    }

    HttpResponse<String> delete(String token, String path) throws IOException, InterruptedException {
        return running.send(with(token, path).DELETE());
    }

    HttpRequest.Builder with(String token, String path) {
        return running.bare(path).header("Authorization", "Bearer " + token);
    }

    static HttpRequest.Builder json(HttpRequest.Builder request, Object body) {
        return request.header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        body instanceof String text ? text : ApiJson.STRICT.writeValueAsString(body)));
    }

    <T> T read(HttpResponse<String> answer, Class<T> type) {
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        }
        return ApiJson.STRICT.readValue(answer.body(), type);
    }

    static Map<String, Object> bodyOf(HttpResponse<String> answer) {
        return ApiJson.LENIENT.readValue(answer.body(), new tools.jackson.core.type.TypeReference<>() {});
    }

    @Override
    public void close() {
        running.close();
    }
}

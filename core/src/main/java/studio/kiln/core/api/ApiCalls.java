package studio.kiln.core.api;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * How every client speaks to a server: JSON over HTTP with a bearer token. Safe for any number of threads; each call blocks
 * its thread until the answer is there.
 *
 * <p>Calls throw {@link ApiException} when the server answers with a problem and {@link Unreachable} when it does not answer.
 */
public final class ApiCalls implements AutoCloseable {
    static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final ServerAddress address;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    public ApiCalls(ServerAddress address) {
        this.address = address;
    }

    /** For what is not JSON. */
    public HttpClient http() {
        return http;
    }

    public URI uri(String path) {
        return URI.create(address.base() + path);
    }

    /** A request with the token, whose answer may take a minute. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(ANSWER).header("Authorization", "Bearer " + address.token());
    }

    /** Sends a record, or nothing, and reads the answer as a record; {@code Void} for an answer that is of no interest. */
    public <T> T post(HttpRequest.Builder request, @Nullable Object body, Class<T> type) {
        return call(
                body == null
                        ? request.POST(BodyPublishers.noBody())
                        : request.header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(ApiJson.LENIENT.writeValueAsString(body))),
                type);
    }

    @SuppressWarnings("NullAway") // Void has no value but null.
    public <T> T call(HttpRequest.Builder request, Class<T> type) {
        byte[] body = send(request);
        return type == Void.class ? null : ApiJson.LENIENT.readValue(body, type);
    }

    public byte[] send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
            if (answer.statusCode() >= 300) {
                throw problem(answer.statusCode(), answer.body());
            }
            return answer.body();
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unreachable("Interrupted while waiting for the server.", e);
        }
    }

    /** What the server said in an answer that is no success. */
    public static ApiException problem(int status, byte[] body) {
        try {
            return new ApiException(ApiJson.LENIENT.readValue(body, Problem.class));
        } catch (JacksonException e) {
            String text = new String(body, StandardCharsets.UTF_8).strip();
            return new ApiException(Problem.of(
                    status,
                    "HTTP_" + status,
                    "The server answered " + status,
                    text.isEmpty() ? "The server answered " + status + " without saying why." : text));
        }
    }

    public Unreachable unreachable(IOException e) {
        return new Unreachable("The server at " + address + " does not answer: " + why(e), e);
    }

    // a refused connection has no message of its own
    private static String why(IOException e) {
        String message = e.getMessage();
        if (e instanceof SSLHandshakeException) {
            return "its certificate is not believed (" + message + "); name the certificate that signed it in KILN_CA";
        }
        if (message != null) {
            return message;
        }
        return e instanceof ConnectException
                ? "connection refused"
                : e.getClass().getSimpleName();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}

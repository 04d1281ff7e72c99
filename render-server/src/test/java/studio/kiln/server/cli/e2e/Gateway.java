package studio.kiln.server.cli.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The one address of several servers: each request goes to the next server that can be reached, so that clients move between
 * them all the time. It can be cut, and can meddle with what nodes report.
 */
final class Gateway implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Set<String> OF_THE_CONNECTION =
            Set.of("host", "content-length", "connection", "transfer-encoding", "upgrade", "expect", "http2-settings");
    private static final byte[] REFUSED =
            "{\"status\":500,\"code\":\"BROKEN\",\"title\":\"Broken by a test\"}".getBytes(StandardCharsets.UTF_8);

    /** What becomes of a report of a node. */
    enum Way {
        PASS,
        /** Answered by 500; no server hears of it. */
        REFUSE,
        /** A server takes it, and the node is answered by 500. */
        LOSE_THE_ANSWER
    }

    /** Decides about each report. */
    @FunctionalInterface
    interface Meddling {
        /** @param report the body, JSON */
        Way of(String path, String report);
    }

    private final List<URI> servers = new CopyOnWriteArrayList<>();
    private final HttpServer here;
    private final HttpClient there = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<HttpExchange> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Meddling meddling = (path, report) -> Way.PASS;
    private volatile boolean cut;

    Gateway() throws IOException {
        here = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        here.setExecutor(threads);
        here.createContext("/", this::handle);
        here.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + here.getAddress().getPort());
    }

    void add(URI server) {
        servers.add(server);
    }

    /** From now on nobody gets an answer, whoever waits for one included; or all do again. */
    void cut(boolean now) {
        cut = now;
        if (now) {
            underWay.forEach(HttpExchange::close);
        }
    }

    void meddle(Meddling with) {
        meddling = with;
    }

    private void handle(HttpExchange exchange) throws IOException {
        underWay.add(exchange);
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (cut) {
                return;
            }
            String path = exchange.getRequestURI().getPath();
            Way way =
                    path.endsWith("/reports") ? meddling.of(path, new String(body, StandardCharsets.UTF_8)) : Way.PASS;
            HttpResponse<InputStream> answer = way == Way.REFUSE ? null : forward(exchange, body);
            if (answer == null || way == Way.LOSE_THE_ANSWER) {
                exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
                exchange.sendResponseHeaders(way == Way.PASS ? 502 : 500, REFUSED.length);
                exchange.getResponseBody().write(REFUSED);
            } else if (!cut) {
                pass(exchange, answer);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            underWay.remove(exchange);
        }
    }

    /** Null when no server can be reached, or the one that was asked has died. */
    private @Nullable HttpResponse<InputStream> forward(HttpExchange exchange, byte[] body)
            throws InterruptedException {
        // A server gathers the parts of an upload in a folder of its own.
        int first = exchange.getRequestURI().getPath().startsWith("/api/uploads") ? 0 : turn.getAndIncrement();
        for (int i = 0; i < servers.size(); i++) {
            URI server = servers.get(Math.floorMod(first + i, servers.size()));
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            server.resolve(exchange.getRequestURI().toString()))
                    .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
            exchange.getRequestHeaders().forEach((name, values) -> {
                if (!OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
                    values.forEach(value -> request.header(name, value));
                }
            });
            try {
                return there.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            } catch (java.net.ConnectException | java.net.http.HttpConnectTimeoutException e) {
                // Nothing was sent: the next one may have it.
            } catch (IOException e) {
                return null;
            }
        }
        return null;
    }

    private static void pass(HttpExchange exchange, HttpResponse<InputStream> answer) throws IOException {
        answer.headers().map().forEach((name, values) -> {
            if (!OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        long length = answer.headers().firstValueAsLong("content-length").orElse(-1);
        boolean bare = answer.statusCode() == 204
                || answer.statusCode() == 304
                || exchange.getRequestMethod().equals("HEAD")
                || length == 0;
        exchange.sendResponseHeaders(answer.statusCode(), bare ? -1 : Math.max(0, length));
        try (InputStream in = answer.body()) {
            if (bare) {
                return;
            }
            OutputStream out = exchange.getResponseBody();
            byte[] buffer = new byte[1 << 14];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                out.flush();
            }
        }
    }

    @Override
    public void close() {
        cut(true);
        here.stop(0);
        there.shutdownNow();
        threads.shutdownNow();
    }
}

package studio.kiln.server.cli.render;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.ChunkCounts;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;

/** A server of one task, whose faults a test commands: broken streams, silence, a restart. */
final class SmallServer implements AutoCloseable {
    static final String TASK = "t1";

    final AtomicInteger cancels = new AtomicInteger();
    final AtomicInteger asked = new AtomicInteger();
    private final List<OutputStream> streams = new CopyOnWriteArrayList<>();
    private final List<ResultView> results = new ArrayList<>();
    private TaskView task = view(TaskState.QUEUED, 1, 0, 3);
    private long seq;
    private boolean streaming = true;
    private HttpServer http;

    SmallServer() throws IOException {
        http = start(0);
    }

    private HttpServer start(int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/api/tasks/" + TASK, this::task);
        server.createContext("/api/events", this::events);
        server.createContext("/api/results/", SmallServer::content);
        server.start();
        return server;
    }

    ServerAddress address() {
        return new ServerAddress(
                URI.create("http://127.0.0.1:" + http.getAddress().getPort()), "token");
    }

    /** Streams are refused from here on, and those that are open break. */
    synchronized void withoutStreams() {
        streaming = false;
        breakStreams();
    }

    synchronized void breakStreams() {
        streams.forEach(stream -> {
            try {
                stream.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        streams.clear();
    }

    boolean isHeard() {
        return !streams.isEmpty();
    }

    void goAway() {
        http.stop(0);
        streams.clear();
    }

    void comeBack() throws IOException {
        http = start(http.getAddress().getPort());
    }

    /** Changes the task, tells whoever listens. */
    synchronized void set(TaskView view, boolean tell) {
        task = view;
        if (tell) {
            send("task", view);
        }
    }

    synchronized void publish(int frame, boolean tell) {
        ResultView result = result(frame);
        results.add(result);
        if (tell) {
            send("result", result);
        }
    }

    synchronized void send(String type, Object data) {
        ServerEvent event = new ServerEvent(++seq, type, TASK, Instant.now(), ApiJson.LENIENT.valueToTree(data));
        byte[] bytes = ("id: " + seq + "\ndata: " + ApiJson.LENIENT.writeValueAsString(event) + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
        for (OutputStream stream : streams) {
            try {
                stream.write(bytes);
                stream.flush();
            } catch (IOException e) {
                streams.remove(stream);
            }
        }
    }

    private void task(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        String path = exchange.getRequestURI().getPath();
        Object answer;
        synchronized (this) {
            if (path.endsWith("/cancel")) {
                cancels.incrementAndGet();
                task = view(
                        TaskState.CANCELLED, task.revision() + 1, task.outputs().done(), 3);
                answer = task;
            } else if (path.endsWith("/results")) {
                answer = new Page<>(List.copyOf(results), null);
            } else {
                answer = task;
            }
        }
        byte[] body = ApiJson.LENIENT.writeValueAsBytes(answer);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The content of the picture {@code r7} is {@code r7}. */
    private static void content(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestURI().getPath().split("/")[3].getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void events(HttpExchange exchange) throws IOException {
        synchronized (this) {
            if (!streaming) {
                exchange.sendResponseHeaders(503, -1);
                exchange.close();
                return;
            }
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(":\n\n".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            streams.add(exchange.getResponseBody());
        }
    }

    static ResultView result(int frame) {
        return new ResultView(
                "r" + frame,
                TASK,
                "image",
                "",
                frame,
                "",
                "",
                "png",
                Sha256.of("r" + frame),
                1,
                8,
                8,
                0.1,
                false,
                null,
                null,
                Instant.now());
    }

    static TaskView view(TaskState state, long revision, int done, int total) {
        return new TaskView(
                TASK,
                12,
                "chair",
                "m1",
                "chair",
                "v1",
                1,
                "me",
                state,
                StateWord.of(state).word(),
                revision,
                1,
                50,
                "1-" + total,
                null,
                RenderSettings.AS_IN_FILE,
                null,
                new OutputCounts(total, done, 0, 0),
                new ChunkCounts(0, 0, 0, 0, 0, 0, 0),
                null,
                null,
                0,
                null,
                List.of(),
                List.of(),
                null,
                Instant.now(),
                null,
                null);
    }

    @Override
    public void close() {
        http.stop(0);
    }
}

package studio.kiln.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.scheduler.TaskService;
import studio.kiln.server.security.Gate;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.Subject;
import tools.jackson.databind.JsonNode;

/**
 * The stream of events (WHATWG HTML, "Server-sent events"). Numbered events bear their number as id. A caller that does not
 * take what is sent is cut off, and comes back with the last number that it saw.
 */
final class EventRoutes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventRoutes.class);
    private static final Duration COMMENT = Duration.ofSeconds(15);
    /** So often is looked whether the caller may still listen. */
    private static final Duration LOOK = Duration.ofMillis(500);
    /** Whoever takes nothing for so long is cut off. */
    static final Duration STUCK = Duration.ofSeconds(20);

    private static final int AHEAD = 64;

    private final EventHub hub;
    private final TaskService tasks;
    private final Gate gate;
    private final Guard guard;
    private final Duration stuck;
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private final Thread watch;

    EventRoutes(EventHub hub, TaskService tasks, Gate gate, Guard guard, Duration stuck) {
        this.hub = hub;
        this.tasks = tasks;
        this.gate = gate;
        this.guard = guard;
        this.stuck = stuck;
        this.watch = Thread.ofVirtual().name("event-streams").start(this::cutStuck);
    }

    List<Route> routes() {
        return List.of(Route.get("/api/events", "Events as they happen (server-sent); resumes after Last-Event-ID")
                .needs(Permission.READ)
                .query("task", "string", "Only what belongs to this task")
                .header("Last-Event-ID", "integer", "Number of the last event that was seen")
                .givesMedia("text/event-stream", "Events, each a ServerEvent as JSON; a comment every 15 s")
                .endless()
                .by(this::listen));
    }

    private Reply listen(Call call) {
        String task = call.query("task")
                .map(id -> {
                    guard.check(call.caller(), Subject.TASK, id, Act.READ);
                    return tasks.task(id).id();
                })
                .orElse(null);
        Long after = after(call.header("Last-Event-ID"));
        return new Reply.Written(exchange -> {
            if (exchange.getRequestMethod().equalToString("HEAD")) {
                return;
            }
            Stream stream = new Stream(exchange, call.caller());
            streams.add(stream);
            try (EventHub.Subscription subscription = hub.listen(after, task, stream::offer)) {
                stream.run(subscription);
            } finally {
                streams.remove(stream);
            }
        });
    }

    private static @Nullable Long after(@Nullable String header) {
        if (header == null || header.isBlank()) {
            return null;
        }
        try {
            return Long.parseLong(header.strip());
        } catch (NumberFormatException e) {
            throw new ApiException(Problem.of(
                    422,
                    "BAD_PARAMETER",
                    "A header is wrong",
                    "Last-Event-ID is the number of an event, not '" + header + "'."));
        }
    }

    private void cutStuck() {
        try {
            while (true) {
                Thread.sleep(stuck.dividedBy(10));
                streams.forEach(stream -> stream.cutIfStuck(stuck));
            }
        } catch (InterruptedException e) {
            LOG.debug("Event streams are watched no longer");
        }
    }

    /** Ends all streams; callers come back when there is a server again. */
    @Override
    public void close() {
        watch.interrupt();
        streams.forEach(Stream::end);
    }

    /** One caller. The hub fills the queue and waits when it is full; this thread empties it into the socket. */
    private final class Stream {
        private final HttpServerExchange exchange;
        private final Caller caller;
        private final BlockingQueue<ServerEvent> queue = new ArrayBlockingQueue<>(AHEAD);
        private volatile long writingSince;
        private volatile boolean ended;

        Stream(HttpServerExchange exchange, Caller caller) {
            this.exchange = exchange;
            this.caller = caller;
        }

        void offer(ServerEvent event) throws InterruptedException {
            queue.put(event);
        }

        void run(EventHub.Subscription subscription) throws IOException, InterruptedException {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream;charset=UTF-8");
            exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
            exchange.getResponseHeaders().put(new HttpString("X-Accel-Buffering"), "no");
            OutputStream out = exchange.getOutputStream();
            write(out, ": kiln\nretry: 1000\n\n");
            long said = System.nanoTime();
            while (subscription.isOpen() && !ended) {
                ServerEvent event = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (!gate.stillStands(caller)) {
                    LOG.info(
                            "An event stream of {} ends: they may not come in any more, or have other rights",
                            caller.name());
                    return;
                }
                StringBuilder text = new StringBuilder();
                for (; event != null; event = text.length() < 1 << 16 ? queue.poll() : null) {
                    if (reads(event)) {
                        append(text, shown(event));
                    }
                }
                if (text.isEmpty() && System.nanoTime() - said > COMMENT.toNanos()) {
                    text.append(": still here\n\n");
                }
                if (!text.isEmpty()) {
                    write(out, text.toString());
                    said = System.nanoTime();
                }
            }
        }

        /** The same as a read of what the event is about; what nobody owns is for everybody who is in. */
        private boolean reads(ServerEvent event) {
            String subject = event.subjectId();
            return switch (event.type()) {
                case "task", "progress", "log" -> subject != null && guard.reads(caller, Subject.TASK, subject);
                case "result" ->
                    guard.reads(
                            caller, Subject.TASK, event.data().path("taskId").asString(""));
                case "model" -> subject != null && guard.reads(caller, Subject.MODEL, subject);
                case "engine", "node", "reset" -> true;
                default -> guard.reads(caller, Subject.TASK, "");
            };
        }

        private ServerEvent shown(ServerEvent event) {
            if (!event.type().equals("task")) {
                return event;
            }
            JsonNode data = TaskPrivacy.shown(event.data(), id -> guard.reads(caller, Subject.TASK, id));
            return data == event.data()
                    ? event
                    : new ServerEvent(event.seq(), event.type(), event.subjectId(), event.at(), data);
        }

        private static void append(StringBuilder text, ServerEvent event) {
            if (event.seq() != null) {
                text.append("id: ").append(event.seq()).append('\n');
            }
            text.append("event: ").append(event.type()).append('\n');
            text.append("data: ")
                    .append(ApiJson.STRICT.writeValueAsString(event))
                    .append("\n\n");
        }

        private void write(OutputStream out, String text) throws IOException {
            writingSince = System.nanoTime();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            writingSince = 0;
        }

        void cutIfStuck(Duration limit) {
            long since = writingSince;
            if (since != 0 && System.nanoTime() - since > limit.toNanos()) {
                LOG.info("An event stream is cut: its caller has taken nothing for {}", limit);
                end();
            }
        }

        void end() {
            ended = true;
            try {
                exchange.getConnection().close();
            } catch (IOException e) {
                LOG.debug("Cutting an event stream: {}", e.getMessage());
            }
        }
    }
}

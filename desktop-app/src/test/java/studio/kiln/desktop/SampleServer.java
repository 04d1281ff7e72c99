package studio.kiln.desktop;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.People;
import studio.kiln.core.api.PersonView;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.ServerView;
import studio.kiln.core.api.ShareAdd;
import studio.kiln.core.api.ShareView;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.SignedIn;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.task.TaskState;

/** A server over HTTP that holds samples: the studio talks to it with the same client as to a real one. */
public final class SampleServer implements AutoCloseable {
    public final Map<String, ModelView> models = new LinkedHashMap<>();
    public final Map<String, TaskView> tasks = new LinkedHashMap<>();
    public final List<TaskRequest> submitted = new CopyOnWriteArrayList<>();
    public final List<TaskRequest> previewed = new CopyOnWriteArrayList<>();
    public final List<String> asked = new CopyOnWriteArrayList<>();
    private static final byte[] CUT = new byte[0];
    private static final Set<String> STUDIO = Set.of("me", "users", "audit", "people");
    public final Map<String, UserView> users = new LinkedHashMap<>();
    public final List<ShareView> shares = new CopyOnWriteArrayList<>();
    public final List<String> audited = new CopyOnWriteArrayList<>();
    /** The token that it lets in. */
    public volatile String wanted = "token";

    /** Whether people have accounts on it, and who asks is an administrator. */
    public volatile boolean withAccounts;

    private final List<BlockingQueue<byte[]>> streams = new CopyOnWriteArrayList<>();
    private final AtomicLong seq = new AtomicLong(100);
    private final HttpServer http;

    private SampleServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", this::serve);
        http.start();
    }

    /** With accounts. */
    public static SampleServer studio() throws IOException {
        SampleServer server = filled();
        server.withAccounts = true;
        server.users.put("jonas", Samples.user("jonas", Role.ARTIST, false));
        server.users.put("mei", Samples.user("mei", Role.ADMIN, false));
        return server;
    }

    public static SampleServer empty() throws IOException {
        return new SampleServer();
    }

    public static SampleServer filled() throws IOException {
        SampleServer server = new SampleServer();
        Samples.models().forEach(model -> server.models.put(model.id(), model));
        Samples.tasks().forEach(task -> server.tasks.put(task.id(), task));
        return server;
    }

    public ServerAddress address() {
        return new ServerAddress(
                URI.create("http://127.0.0.1:" + http.getAddress().getPort()), "token");
    }

    public int streams() {
        return streams.size();
    }

    /** Ends the streams, as when somebody is signed out. */
    public void cut() {
        streams.forEach(stream -> stream.add(CUT));
    }

    /** Changes a task and tells of it. */
    public void change(TaskView task) {
        tasks.put(task.id(), task);
        tell("task", task.id(), task);
    }

    public void tell(String type, String subject, Object data) {
        boolean kept = !type.equals("progress");
        ServerEvent event = new ServerEvent(
                kept ? seq.incrementAndGet() : null, type, subject, Instant.now(), ApiJson.LENIENT.valueToTree(data));
        byte[] bytes = ("data: " + ApiJson.LENIENT.writeValueAsString(event) + "\n\n").getBytes(StandardCharsets.UTF_8);
        streams.forEach(stream -> stream.add(bytes));
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            asked.add(exchange.getRequestMethod() + " " + path);
            String[] part = path.split("/");
            if (path.equals("/api/login")) {
                signIn(exchange);
                return;
            }
            if (!("Bearer " + wanted).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                send(
                        exchange,
                        401,
                        "application/problem+json",
                        ApiJson.LENIENT.writeValueAsBytes(
                                Problem.of(401, "UNAUTHORIZED", "The caller is not known", "Sign in.")));
                return;
            }
            if (path.equals("/api/events")) {
                stream(exchange);
                return;
            }
            Object answer = answer(exchange, path, part);
            switch (answer) {
                case null ->
                    send(
                            exchange,
                            404,
                            "application/problem+json",
                            ApiJson.LENIENT.writeValueAsBytes(
                                    Problem.of(404, "NOT_FOUND", "Not found", "There is nothing at " + path + ".")));
                case byte[] bytes -> send(exchange, 200, "image/png", bytes);
                case Problem problem ->
                    send(
                            exchange,
                            problem.status(),
                            "application/problem+json",
                            ApiJson.LENIENT.writeValueAsBytes(problem));
                default -> send(exchange, 200, "application/json", ApiJson.LENIENT.writeValueAsBytes(answer));
            }
        }
    }

    private @Nullable Object answer(HttpExchange exchange, String path, String[] part) throws IOException {
        if (path.equals("/api/server")) {
            return new ServerView(
                    "0.1.0", "offline", "Mei", 2, 2, 5, "/home/mei/.kiln", 200_000_000_000L, 3_000_000_000L);
        }
        if (part.length > 2 && STUDIO.contains(part[2])) {
            return ofStudio(exchange, path);
        }
        if (path.equals("/api/engines")) {
            return Samples.engines();
        }
        if (path.equals("/api/models")) {
            return new Page<>(new ArrayList<>(models.values()), null);
        }
        if (part.length >= 4 && part[2].equals("model-versions")) {
            ModelView model = models.values().stream()
                    .filter(m -> m.versionId().equals(part[3]))
                    .findFirst()
                    .orElse(null);
            if (model == null) {
                return null;
            }
            return part.length == 5
                    ? Samples.picture(480, 300, Integer.parseInt(part[3].substring(2)))
                    : Samples.version(model);
        }
        if (part.length >= 5 && part[2].equals("results")) {
            int dash = part[3].indexOf('-');
            int seed = Integer.parseInt(part[3].substring(1, dash));
            return part[4].equals("content")
                    ? Samples.picture(960, 540, seed % 11)
                    : Samples.picture(256, 144, seed % 11);
        }
        if (path.equals("/api/tasks/preview")) {
            TaskRequest request =
                    ApiJson.STRICT.readValue(exchange.getRequestBody().readAllBytes(), TaskRequest.class);
            previewed.add(request);
            int frames = FrameSet.parse(String.valueOf(request.frames()), FrameSet.range(1, 120, 1))
                    .size();
            return new TaskPreview(
                    String.valueOf(request.frames()),
                    frames,
                    frames,
                    frames / 10,
                    Math.max(1, (frames - frames / 10) / 12),
                    2,
                    1920,
                    1080,
                    new EngineUse("e1", "4.3.2", "abc", "docker", "sealed container"),
                    new Estimate(260, 20, 214),
                    List.of());
        }
        if (path.equals("/api/tasks") && exchange.getRequestMethod().equals("POST")) {
            TaskRequest request =
                    ApiJson.STRICT.readValue(exchange.getRequestBody().readAllBytes(), TaskRequest.class);
            submitted.add(request);
            TaskView task = Samples.task(
                    40 + submitted.size(),
                    request.name() == null ? "New" : request.name(),
                    TaskState.QUEUED,
                    10,
                    0,
                    0,
                    0,
                    50,
                    null);
            change(task);
            return task;
        }
        if (path.equals("/api/tasks")) {
            return new Page<>(new ArrayList<>(tasks.values()), null);
        }
        if (part.length == 6 && part[2].equals("tasks") && part[4].equals("drafts")) {
            return Samples.picture(240, 135, 3);
        }
        if (part.length >= 4 && part[2].equals("tasks")) {
            return ofTask(exchange, part);
        }
        return null;
    }

    private void signIn(HttpExchange exchange) throws IOException {
        SignIn who = ApiJson.STRICT.readValue(exchange.getRequestBody().readAllBytes(), SignIn.class);
        boolean right = who.password().equals("correct horse");
        Object answer = right
                ? new SignedIn(
                        wanted,
                        Instant.now().plusSeconds(60),
                        new Me(who.name(), who.name(), Role.ARTIST, Set.of(), List.of(), 75))
                : Problem.of(401, "WRONG_PASSWORD", "That is not right", "The name or the password is wrong.");
        send(
                exchange,
                right ? 200 : 401,
                right ? "application/json" : "application/problem+json",
                ApiJson.LENIENT.writeValueAsBytes(answer));
    }

    /** What only a server with accounts has. */
    private @Nullable Object ofStudio(HttpExchange exchange, String path) throws IOException {
        if (!path.equals("/api/me") && !withAccounts) {
            return Problem.of(409, "NO_ACCOUNTS", "There are no accounts here", "This server has no accounts.");
        }
        boolean post = exchange.getRequestMethod().equals("POST");
        return switch (path) {
            case "/api/me" ->
                withAccounts
                        ? new Me("mei", "Mei", Role.ADMIN, Role.ADMIN.permissions(), List.of(), 100)
                        : new Me("Mei", "Mei", null, Set.of(), List.of(), 100);
            case "/api/users" -> post ? add(exchange) : new ArrayList<>(users.values());
            case "/api/me/tokens" -> List.of(Samples.token("t1", "nightly"));
            case "/api/users/jonas/tokens" -> List.of(Samples.token("t2", "export"), Samples.token("t3", "farm"));
            case "/api/audit" -> {
                audited.add(String.valueOf(exchange.getRequestURI().getQuery()));
                yield new Page<>(
                        List.of(
                                Samples.entry(9, "jonas", "POST /api/tasks/{task}/cancel", "refused"),
                                Samples.entry(8, "mei", "user.add", "done")),
                        null);
            }
            case "/api/people" -> new People(List.of(new PersonView("jonas", "Jonas")), List.of("lighting"));
            case "/api/audit/verify" -> new AuditReport(9, 0, "9:ab", List.of());
            default -> {
                String[] part = path.split("/");
                UserView user = part.length == 5 ? users.get(part[3]) : null;
                if (user == null) {
                    yield null;
                }
                if (part[4].equals("disable") && user.role() == Role.ADMIN) {
                    yield Problem.of(409, "LAST_ADMIN", "That cannot be", "'mei' is the last administrator.");
                }
                UserView changed = Samples.user(user.name(), user.role(), part[4].equals("disable"));
                users.put(user.name(), changed);
                yield changed;
            }
        };
    }

    private UserView add(HttpExchange exchange) throws IOException {
        UserAdd user = ApiJson.STRICT.readValue(exchange.getRequestBody().readAllBytes(), UserAdd.class);
        UserView added = Samples.user(user.name(), user.role(), false);
        users.put(user.name(), added);
        return added;
    }

    private Object share(HttpExchange exchange, String[] part) throws IOException {
        if (exchange.getRequestMethod().equals("POST")) {
            ShareAdd share = ApiJson.STRICT.readValue(exchange.getRequestBody().readAllBytes(), ShareAdd.class);
            ShareView added = new ShareView(
                    "s" + shares.size(), share.user(), share.group(), share.access(), "mei", Instant.now());
            shares.add(added);
            return added;
        }
        if (exchange.getRequestMethod().equals("DELETE")) {
            shares.removeIf(share -> share.id().equals(part[5]));
            return List.of();
        }
        return new ArrayList<>(shares);
    }

    private @Nullable Object ofTask(HttpExchange exchange, String[] part) throws IOException {
        TaskView task = tasks.get(part[3]);
        if (task == null) {
            return null;
        }
        if (part.length == 4) {
            return task;
        }
        if (part[4].equals("shares")) {
            return share(exchange, part);
        }
        return switch (part[4]) {
            case "results" -> new Page<>(Samples.results(task), null);
            case "chunks" -> Samples.chunks();
            case "timeline" -> new Page<>(Samples.timeline(), null);
            case "logs" -> new Page<>(Samples.log(), null);
            case "script" -> "import bpy\nprint('render')\n".getBytes(StandardCharsets.UTF_8);
            case "pause" -> move(task, TaskState.PAUSED);
            case "resume" -> move(task, TaskState.QUEUED);
            case "cancel" -> move(task, TaskState.CANCELLED);
            case "requeue" -> move(task, TaskState.QUEUED);
            default -> Problem.of(409, "CONFLICT", "Not now", "The task cannot do that now.");
        };
    }

    private TaskView move(TaskView task, TaskState state) {
        TaskView moved = with(task, state, task.revision() + 1);
        change(moved);
        return moved;
    }

    /** The task in another state. */
    public static TaskView with(TaskView t, TaskState state, long revision) {
        return new TaskView(
                t.id(),
                t.number(),
                t.name(),
                t.modelId(),
                t.modelName(),
                t.modelVersionId(),
                t.modelVersion(),
                t.owner(),
                state,
                studio.kiln.core.task.StateWord.of(state).word(),
                revision,
                t.generation(),
                t.priority(),
                t.frames(),
                t.scene(),
                t.settings(),
                t.engine(),
                t.outputs(),
                t.chunks(),
                t.now(),
                t.left(),
                t.spentSeconds(),
                t.newestResult(),
                t.warnings(),
                t.after(),
                t.why(),
                t.createdAt(),
                t.startedAt(),
                t.endedAt());
    }

    private void stream(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();
        streams.add(queue);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(": hello\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            while (true) {
                byte[] next = queue.poll(10, TimeUnit.SECONDS);
                if (next == CUT) {
                    return;
                }
                out.write(next == null ? ": still here\n\n".getBytes(StandardCharsets.UTF_8) : next);
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException gone) {
            // the client left
        } finally {
            streams.remove(queue);
        }
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        http.stop(0);
    }
}

package studio.kiln.server.http;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Decision;
import studio.kiln.core.access.Permission;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.EngineAdd;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.NextChange;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.PriorityChange;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ProjectAdd;
import studio.kiln.core.api.ProjectView;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.cache.Thumbnails;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.library.ModelService;
import studio.kiln.server.library.Projects;
import studio.kiln.server.library.Uploads;
import studio.kiln.server.ops.EngineService;
import studio.kiln.server.ops.Health;
import studio.kiln.server.queue.JobQueue;
import studio.kiln.server.scheduler.NodeDesk;
import studio.kiln.server.scheduler.Nodes;
import studio.kiln.server.scheduler.TaskService;
import studio.kiln.server.security.Gate;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.Sight;
import studio.kiln.server.security.Subject;
import studio.kiln.server.storage.BlobStore;
import tools.jackson.core.type.TypeReference;

/** The one table of what the API offers. */
public final class Routes implements AutoCloseable {
    /** A manifest of twenty thousand files with long names. */
    private static final long MOST_MANIFEST = 32L << 20;

    private static final int LONGEST_WAIT = 50;
    private static final int MOST_ITEMS = 500;
    private static final int ITEMS = 50;

    private final Services services;
    private final Pictures pictures;
    private final EventRoutes events;
    private final RouteTable table;

    public Routes(Services services) {
        this.services = services;
        this.pictures = new Pictures(services.store());
        this.events =
                new EventRoutes(services.hub(), services.tasks(), services.gate(), services.guard(), EventRoutes.STUCK);
        List<Route> routes = new ArrayList<>();
        routes.addAll(server());
        routes.addAll(models());
        routes.addAll(new TusRoutes(services.uploads(), services.guard(), services.mostFileBytes()).routes());
        routes.addAll(tasks());
        routes.addAll(partsOfTasks());
        routes.addAll(results());
        routes.addAll(projects());
        routes.addAll(engines());
        routes.addAll(jobs());
        routes.addAll(new NodeRoutes(
                        services.nodes(),
                        services.nodeDesk(),
                        services.studio() == null ? null : services.studio().nodes(),
                        services.mostFileBytes())
                .routes());
        routes.addAll(new AccountRoutes(services.studio()).routes());
        routes.addAll(events.routes());
        this.table = described(routes);
    }

    public RouteTable table() {
        return table;
    }

    /** Ends what goes on without end: the streams of events, and nodes that wait. */
    @Override
    public void close() {
        events.close();
        services.nodeDesk().close();
    }

    private static RouteTable described(List<Route> routes) {
        byte[][] document = new byte[1][];
        List<Route> all = new ArrayList<>(routes);
        all.add(Route.get("/api/openapi.json", "This description (OpenAPI 3.1)")
                .needs(Permission.PUBLIC)
                .givesMedia("application/json", "The description of the API")
                .by(call -> Reply.bytes("application/json", description(document, all), Map.of())));
        return new RouteTable(all);
    }

    /** Made when it is first asked for: a start has no use for it. */
    private static byte[] description(byte[][] document, List<Route> routes) {
        synchronized (document) {
            if (document[0] == null) {
                document[0] = OpenApi.document(routes);
            }
            return document[0];
        }
    }

    private List<Route> server() {
        return List.of(
                Route.get("/api/health/live", "Whether the process lives")
                        .needs(Permission.PUBLIC)
                        .gives(Health.class)
                        .by(call -> Reply.json(new Health("up", Map.of()))),
                Route.get("/api/health/ready", "Whether the server and its parts can do their work; 503 when it cannot")
                        .needs(Permission.PUBLIC)
                        .gives(Health.class)
                        .by(call -> {
                            Health health = services.health().get();
                            return Reply.json(health.serves() ? 200 : 503, health);
                        }),
                Route.get("/api/metrics", "Numbers of the server and the farm, as Prometheus reads them")
                        .needs(Permission.OPERATE)
                        .givesMedia("text/plain", "Metrics in the text format of Prometheus")
                        .by(call -> Reply.bytes(
                                "text/plain; version=0.0.4; charset=utf-8",
                                services.metrics().get().getBytes(StandardCharsets.UTF_8),
                                Map.of())),
                Route.get("/api/server", "Who answers, and how busy it is")
                        .needs(Permission.READ)
                        .gives(ServerView.class)
                        .by(call -> Reply.json(services.server().apply(call.caller()))),
                Route.post("/api/server/stop", "End the server after it has answered; work continues at the next start")
                        .needs(Permission.SHUT_DOWN)
                        .givesNothing(204, "It ends")
                        .by(call -> {
                            note("server.stop", "server", "", "");
                            services.stop().accept(call.caller());
                            return Reply.nothing();
                        }));
    }

    private List<Route> models() {
        ModelService models = services.models();
        return List.of(
                Route.get("/api/models", "Models of the library, newest first")
                        .needs(Permission.READ)
                        .query("q", "string", "Words to find in names")
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Models on a page, 1 to 500")
                        .gives(new TypeReference<Page<ModelView>>() {}.getType())
                        .by(call -> Reply.json(models.list(
                                sight(call),
                                call.query("q").orElse(null),
                                call.query("cursor").orElse(null),
                                limit(call)))),
                Route.post("/api/models", "Announce a version of a model; the answer says which files to send")
                        .needs(Permission.RENDER)
                        .takes(ModelSubmission.class, MOST_MANIFEST)
                        .gives(201, ModelUpload.class, "Announced")
                        .by(call -> {
                            ModelSubmission submission = call.body(ModelSubmission.class);
                            if (submission.modelId() != null) {
                                check(call, Subject.MODEL, submission.modelId(), Act.EDIT);
                            }
                            if (submission.projectId() != null) {
                                check(call, Subject.PROJECT, submission.projectId(), Act.EDIT);
                            }
                            return Reply.json(
                                    201,
                                    models.announce(submission, call.caller().name()));
                        }),
                Route.get("/api/models/{model}", "A model with its newest version")
                        .needs(Permission.READ)
                        .on(Subject.MODEL, Act.READ)
                        .gives(ModelView.class)
                        .by(call -> Reply.json(models.model(call.path("model")))),
                Route.delete("/api/models/{model}", "Remove a model from the library; its tasks and results stay")
                        .needs(Permission.RENDER)
                        .on(Subject.MODEL, Act.DELETE)
                        .by(call -> {
                            models.delete(call.path("model"), call.caller().name());
                            return Reply.nothing();
                        }),
                Route.get("/api/models/{model}/versions", "All versions of a model, newest first")
                        .needs(Permission.READ)
                        .on(Subject.MODEL, Act.READ)
                        .gives(new TypeReference<List<ModelVersionView>>() {}.getType())
                        .by(call -> Reply.json(models.versions(call.path("model")))),
                Route.get("/api/model-versions/{version}", "A version of a model with what an engine saw in it")
                        .needs(Permission.READ)
                        .on(Subject.VERSION, Act.READ)
                        .query("wait", "integer", "Seconds to wait while it is being inspected, 0 to 50")
                        .gives(ModelVersionView.class)
                        .by(call -> Reply.json(models.version(
                                call.path("version"), Duration.ofSeconds(call.number("wait", 0, 0, LONGEST_WAIT))))),
                Route.post("/api/model-versions/{version}/complete", "Say that all files were sent")
                        .needs(Permission.RENDER)
                        .on(Subject.VERSION, Act.EDIT)
                        .gives(ModelVersionView.class)
                        .by(call -> Reply.json(models.complete(
                                call.path("version"), call.caller().name()))),
                Route.get("/api/model-versions/{version}/thumbnail", "A small picture of a model version")
                        .needs(Permission.READ)
                        .on(Subject.VERSION, Act.READ)
                        .givesMedia("image/png", "The picture")
                        .streamed()
                        .by(call -> pictures.blob(
                                call, models.thumbnail(call.path("version")), "image/png", "thumbnail.png")));
    }

    private List<Route> tasks() {
        TaskService tasks = services.tasks();
        return List.of(
                Route.get("/api/tasks", "Tasks, newest first")
                        .needs(Permission.READ)
                        .query("status", "string", "Words of states, separated by commas")
                        .query("q", "string", "Words to find in names")
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Tasks on a page, 1 to 500")
                        .gives(new TypeReference<Page<TaskView>>() {}.getType())
                        .by(call -> shown(
                                call,
                                tasks.list(
                                        sight(call),
                                        call.query("status").orElse(null),
                                        call.query("q").orElse(null),
                                        call.query("cursor").orElse(null),
                                        limit(call)))),
                Route.post("/api/tasks", "Submit a render task")
                        .needs(Permission.RENDER)
                        .header(
                                "Idempotency-Key",
                                "string",
                                "The same key again gives the task of the first time",
                                TextLimits.TEXT)
                        .takes(TaskRequest.class)
                        .gives(201, TaskView.class, "Submitted")
                        .by(call -> shown(
                                call,
                                201,
                                tasks.submit(request(call), call.caller().name(), call.header("Idempotency-Key")))),
                Route.post("/api/tasks/preview", "What would happen if this were submitted; nothing is stored")
                        .needs(Permission.RENDER)
                        .takes(TaskRequest.class)
                        .gives(TaskPreview.class)
                        .by(call -> Reply.json(
                                tasks.preview(request(call), call.caller().name()))),
                Route.get("/api/tasks/{task}", "A task, by its id or its short number")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .gives(TaskView.class)
                        .by(call -> shown(call, 200, tasks.task(call.path("task")))),
                Route.get("/api/tasks/{task}/status", "How far a task is; cheap")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .gives(TaskStatus.class)
                        .by(call -> Reply.json(tasks.status(call.path("task")))),
                steer("pause", "Start no more chunks; those that run go on to their end", tasks::pause),
                steer("resume", "Go on with a paused task", tasks::resume),
                steer("cancel", "End a task; what is rendered stays", tasks::cancel),
                Route.post("/api/tasks/{task}/requeue", "Try again what is missing, or render frames again")
                        .needs(Permission.RENDER)
                        .on(Subject.TASK, Act.EDIT)
                        .takes(Requeue.class)
                        .gives(TaskView.class)
                        .by(call -> shown(
                                call,
                                200,
                                tasks.requeue(
                                        call.path("task"),
                                        call.bodyOr(Requeue.class, new Requeue(null)),
                                        call.caller().name()))),
                Route.post("/api/tasks/{task}/priority", "Set a task's priority")
                        .needs(Permission.RENDER)
                        .on(Subject.TASK, Act.EDIT)
                        .takes(PriorityChange.class)
                        .gives(TaskView.class)
                        .by(call -> {
                            int priority = call.body(PriorityChange.class).priority();
                            checkPriority(call, priority);
                            return shown(
                                    call,
                                    200,
                                    tasks.priority(
                                            call.path("task"),
                                            priority,
                                            call.caller().name()));
                        }),
                Route.post(
                                "/api/tasks/{task}/next",
                                "Put a task before all others, whoever owns them, or back to its turn; for wranglers")
                        .needs(Permission.RENDER)
                        .on(Subject.TASK, Act.EDIT)
                        .takes(NextChange.class)
                        .gives(TaskView.class)
                        .by(call -> {
                            if (!call.caller().may(Permission.OPERATE)) {
                                refuse(
                                        call,
                                        "NEXT_NOT_ALLOWED",
                                        "Only those with the permission OPERATE, such as wranglers, put a task before all"
                                                + " others; ask one, or raise its priority.");
                            }
                            boolean next = call.body(NextChange.class).next();
                            return shown(
                                    call,
                                    200,
                                    tasks.next(
                                            call.path("task"),
                                            next,
                                            call.caller().name()));
                        }));
    }

    private Route steer(String word, String summary, Steering steering) {
        return Route.post("/api/tasks/{task}/" + word, summary)
                .needs(Permission.RENDER)
                .on(Subject.TASK, Act.EDIT)
                .gives(TaskView.class)
                .by(call -> shown(
                        call,
                        200,
                        steering.apply(call.path("task"), call.caller().name())));
    }

    /** The request of a call, when its caller may use what it names. */
    private TaskRequest request(Call call) {
        TaskRequest request = call.body(TaskRequest.class);
        check(call, Subject.VERSION, request.modelVersionId(), Act.READ);
        for (String task : request.after() == null ? List.<String>of() : request.after()) {
            check(call, Subject.TASK, task, Act.READ);
        }
        if (request.priority() != null) {
            checkPriority(call, request.priority());
        }
        if (Boolean.TRUE.equals(request.trusted()) && !call.caller().may(Permission.TRUST)) {
            refuse(
                    call,
                    "TRUST_NOT_ALLOWED",
                    "Scripts that come with a file run only when somebody with the permission TRUST, such as a wrangler,"
                            + " submits the task; ask one, or submit it without.");
        }
        return request;
    }

    private Reply shown(Call call, int status, TaskView task) {
        return Reply.json(status, TaskPrivacy.shown(task, readsTask(call)));
    }

    private Reply shown(Call call, Page<TaskView> page) {
        return Reply.json(new Page<Object>(
                page.items().stream()
                        .map(task -> TaskPrivacy.shown(task, readsTask(call)))
                        .toList(),
                page.next()));
    }

    private Predicate<String> readsTask(Call call) {
        return id -> services.guard().reads(call.caller(), Subject.TASK, id);
    }

    /** Records an act that has no transaction of its own, before it is done. */
    private void note(String act, String kind, String target, String detail) {
        if (services.studio() != null) {
            services.studio().audit().note(act, kind, target, detail);
        }
    }

    private void check(Call call, Subject subject, String name, Act act) {
        services.guard().check(call.caller(), subject, name, act);
    }

    private void checkPriority(Call call, int priority) {
        if (services.policy().priority(call.caller(), priority) instanceof Decision.Denied denied) {
            refuse(call, "PRIORITY_TOO_HIGH", denied.why());
        }
    }

    private void refuse(Call call, String code, String why) {
        if (services.studio() != null) {
            Acting.refused(services.studio().audit(), call.caller(), "task", "", why);
        }
        throw new ApiException(Problem.of(403, code, "You may not do that", why));
    }

    private Sight sight(Call call) {
        return Sight.of(services.policy(), call.caller());
    }

    private List<Route> projects() {
        return List.of(
                Route.get("/api/projects", "Projects, by name")
                        .needs(Permission.READ)
                        .gives(new TypeReference<List<ProjectView>>() {}.getType())
                        .by(call -> Reply.json(services.projects().list(sight(call)))),
                Route.post("/api/projects", "Make a project of one's own")
                        .needs(Permission.RENDER)
                        .takes(ProjectAdd.class)
                        .gives(201, ProjectView.class, "Made")
                        .by(call -> Reply.json(
                                201,
                                services.projects()
                                        .add(
                                                call.body(ProjectAdd.class).name(),
                                                call.caller().name()))));
    }

    private List<Route> partsOfTasks() {
        TaskService tasks = services.tasks();
        return List.of(
                Route.post(
                                "/api/tasks/{task}/verify",
                                "Hold database, cache and nodes against each other, and mend what differs")
                        .needs(Permission.RENDER)
                        .on(Subject.TASK, Act.EDIT)
                        .gives(TaskVerification.class)
                        .by(call -> {
                            TaskVerification found = tasks.verify(call.path("task"));
                            note(
                                    "task.verify",
                                    "task",
                                    found.taskId(),
                                    found.mended().isEmpty() ? "all agree" : String.join(" ", found.mended()));
                            return Reply.json(found);
                        }),
                Route.get("/api/tasks/{task}/results", "Published pictures of a task, in the order of publication")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Results on a page, 1 to 500")
                        .gives(new TypeReference<Page<ResultView>>() {}.getType())
                        .by(call -> Reply.json(tasks.results(
                                call.path("task"), call.query("cursor").orElse(null), limit(call)))),
                Route.get("/api/tasks/{task}/chunks", "Chunks of a task with their attempts")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .gives(new TypeReference<List<ChunkView>>() {}.getType())
                        .by(call -> Reply.json(tasks.chunks(call.path("task")))),
                Route.get("/api/tasks/{task}/timeline", "What happened to a task, oldest first")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Entries on a page, 1 to 500")
                        .gives(new TypeReference<Page<TimelineEntry>>() {}.getType())
                        .by(call -> Reply.json(tasks.timeline(
                                call.path("task"), call.query("cursor").orElse(null), limit(call)))),
                Route.get("/api/tasks/{task}/logs", "What the attempts of a task said, oldest first")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Lines on a page, 1 to 500")
                        .gives(new TypeReference<Page<LogLine>>() {}.getType())
                        .by(call -> Reply.json(tasks.logs(
                                call.path("task"), call.query("cursor").orElse(null), limit(call)))),
                Route.get(
                                "/api/tasks/{task}/drafts/{sha256}",
                                "The draft of a slow frame that renders now: small, with few samples; named by the"
                                        + " progress of the task")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .free("sha256")
                        .givesMedia("image/png", "The draft")
                        .by(call -> {
                            Sha256 draft = new Sha256(call.path("sha256"));
                            if (!tasks.isDraft(call.path("task"), draft)) {
                                throw new ApiException(Problem.of(
                                        404,
                                        "NO_SUCH_DRAFT",
                                        "There is no such draft",
                                        "The task has no such draft now; see 'now.draft' in its status."));
                            }
                            return pictures.blob(call, draft, "image/png", "draft.png");
                        }),
                Route.get("/api/tasks/{task}/script", "The render script, to be run by hand with blender -b -P")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .givesMedia("text/x-python", "The script")
                        .by(call -> Reply.bytes(
                                "text/x-python; charset=utf-8",
                                tasks.script(call.path("task")).getBytes(StandardCharsets.UTF_8),
                                Map.of("Content-Disposition", "attachment; filename=\"kiln_render.py\""))));
    }

    private List<Route> results() {
        return List.of(
                Route.get("/api/results/{result}/content", "A published picture as it was rendered; parts by Range")
                        .needs(Permission.READ)
                        .on(Subject.RESULT, Act.READ)
                        .header("Range", "string", "One range of bytes")
                        .givesMedia("application/octet-stream", "The picture, with the type of its format")
                        .streamed()
                        .by(call -> {
                            ResultView result = result(call);
                            return pictures.result(call, result, fileName(result));
                        }),
                Route.get("/api/results/{result}/thumbnail", "A published picture as a small PNG")
                        .needs(Permission.READ)
                        .on(Subject.RESULT, Act.READ)
                        .query("width", "integer", "Pixels at most, 16 to 2048")
                        .givesMedia("image/png", "The picture")
                        .by(call -> {
                            ResultView result = result(call);
                            int width = call.number("width", 320, 16, 2048);
                            return Reply.bytes(
                                    "image/png",
                                    services.thumbnails().of(result.sha256(), result.extension(), width),
                                    Map.of(
                                            "ETag",
                                            "\"" + result.sha256() + "-" + width + "\"",
                                            "Cache-Control",
                                            "private, max-age=31536000, immutable"));
                        }));
    }

    private List<Route> engines() {
        EngineService engines = services.engines();
        return List.of(
                Route.get("/api/engines", "Blenders that this server knows, with what each proved")
                        .needs(Permission.READ)
                        .gives(new TypeReference<List<EngineView>>() {}.getType())
                        .by(call -> Reply.json(engines.list())),
                Route.post("/api/engines", "Add a Blender by its path on the server's machine, and test it")
                        .needs(Permission.ADMINISTER)
                        .takes(EngineAdd.class)
                        .gives(201, EngineView.class, "Added")
                        .by(call -> {
                            String path = call.body(EngineAdd.class).path();
                            note("engine.add", "engine", "", path);
                            return Reply.json(201, engines.add(path));
                        }),
                Route.delete("/api/engines/{engine}", "Forget a Blender that was added")
                        .needs(Permission.ADMINISTER)
                        .free("engine")
                        .by(call -> {
                            note("engine.remove", "engine", call.path("engine"), "");
                            engines.remove(call.path("engine"));
                            return Reply.nothing();
                        }),
                Route.post("/api/engines/{engine}/test", "Test a Blender again; takes from seconds to minutes")
                        .needs(Permission.OPERATE)
                        .free("engine")
                        .gives(EngineView.class)
                        .by(call -> {
                            note("engine.test", "engine", call.path("engine"), "");
                            return Reply.json(engines.test(call.path("engine")));
                        }));
    }

    private List<Route> jobs() {
        return List.of(
                Route.get("/api/jobs/dead", "Work beside rendering that was given up, with the reason")
                        .needs(Permission.ADMINISTER)
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Jobs on a page, 1 to 500")
                        .gives(new TypeReference<Page<JobView>>() {}.getType())
                        .by(call -> Reply.json(
                                services.queue().dead(call.query("cursor").orElse(null), limit(call)))),
                Route.post("/api/jobs/{job}/replay", "Give work that was given up another life")
                        .needs(Permission.ADMINISTER)
                        .free("job")
                        .by(call -> {
                            String job = call.path("job");
                            note("job.replay", "job", job, "");
                            if (!services.queue().replay(job)) {
                                throw new ApiException(Problem.of(
                                        404,
                                        "NO_DEAD_JOB",
                                        "There is no such dead job",
                                        "No job '" + job + "' was given up; it may have been replayed already. See"
                                                + " GET /api/jobs/dead, or 'kiln jobs list'."));
                            }
                            return Reply.nothing();
                        }));
    }

    private ResultView result(Call call) {
        String id = call.path("result");
        return services.tasks()
                .result(id)
                .orElseThrow(() -> new ApiException(Problem.of(
                        404,
                        "NO_SUCH_RESULT",
                        "There is no such picture",
                        "There is no published picture '" + id + "'.")));
    }

    /** Tells layers and looks apart, so that two downloads do not have one name. */
    private String fileName(ResultView result) {
        StringBuilder name =
                new StringBuilder(services.tasks().task(result.taskId()).name());
        for (String part : new String[] {result.variant(), result.layer(), result.view()}) {
            if (!part.isEmpty()) {
                name.append('_').append(part);
            }
        }
        if (result.node() != null) {
            name.append('_').append(result.node());
        }
        return name.toString().replaceAll("[/\\\\:\\p{Cntrl}]", "_")
                + String.format(Locale.ROOT, "_%04d.%s", result.frame(), result.extension());
    }

    private static int limit(Call call) {
        return call.number("limit", ITEMS, 1, MOST_ITEMS);
    }

    @FunctionalInterface
    private interface Steering {
        TaskView apply(String task, String actor);
    }

    /** What the handlers call. */
    public record Services(
            Supplier<Health> health,
            Supplier<String> metrics,
            Function<Caller, ServerView> server,
            Consumer<Caller> stop,
            ModelService models,
            Uploads uploads,
            long mostFileBytes,
            TaskService tasks,
            EngineService engines,
            JobQueue queue,
            Nodes nodes,
            NodeDesk nodeDesk,
            EventHub hub,
            BlobStore store,
            Thumbnails thumbnails,
            Projects projects,
            Gate gate,
            Guard guard,
            Policy policy,
            @Nullable StudioAccess studio) {}
}

package studio.kiln.server.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.NextChange;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.PriorityChange;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.scheduler.TaskService;
import studio.kiln.server.security.Subject;
import tools.jackson.core.type.TypeReference;

/** Tasks: to submit, to steer and to watch. */
final class TaskRoutes {
    private final TaskService tasks;
    private final Pictures pictures;
    private final Rights rights;

    TaskRoutes(TaskService tasks, Pictures pictures, Rights rights) {
        this.tasks = tasks;
        this.pictures = pictures;
        this.rights = rights;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(whole());
        routes.addAll(parts());
        return routes;
    }

    private List<Route> whole() {
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
                                        rights.sight(call),
                                        call.query("status").orElse(null),
                                        call.query("q").orElse(null),
                                        call.query("cursor").orElse(null),
                                        call.limit()))),
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
                        .quickly(call -> tasks.statusAtHand(call.path("task")).map(Reply::json))
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
                            rights.checkPriority(call, priority);
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
                                rights.refuse(
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
        rights.check(call, Subject.VERSION, request.modelVersionId(), Act.READ);
        for (String task : request.after() == null ? List.<String>of() : request.after()) {
            rights.check(call, Subject.TASK, task, Act.READ);
        }
        if (request.priority() != null) {
            rights.checkPriority(call, request.priority());
        }
        if (Boolean.TRUE.equals(request.trusted()) && !call.caller().may(Permission.TRUST)) {
            rights.refuse(
                    call,
                    "TRUST_NOT_ALLOWED",
                    "Scripts that come with a file run only when somebody with the permission TRUST, such as a wrangler,"
                            + " submits the task; ask one, or submit it without.");
        }
        return request;
    }

    private Reply shown(Call call, int status, TaskView task) {
        return Reply.json(status, TaskPrivacy.shown(task, rights.readsTask(call)));
    }

    private Reply shown(Call call, Page<TaskView> page) {
        return Reply.json(new Page<Object>(
                page.items().stream()
                        .map(task -> TaskPrivacy.shown(task, rights.readsTask(call)))
                        .toList(),
                page.next()));
    }

    private List<Route> parts() {
        return List.of(
                Route.post(
                                "/api/tasks/{task}/verify",
                                "Hold database, cache and nodes against each other, and mend what differs")
                        .needs(Permission.RENDER)
                        .on(Subject.TASK, Act.EDIT)
                        .gives(TaskVerification.class)
                        .by(call -> {
                            TaskVerification found = tasks.verify(call.path("task"));
                            rights.note(
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
                                call.path("task"), call.query("cursor").orElse(null), call.limit()))),
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
                                call.path("task"), call.query("cursor").orElse(null), call.limit()))),
                Route.get("/api/tasks/{task}/logs", "What the attempts of a task said, oldest first")
                        .needs(Permission.READ)
                        .on(Subject.TASK, Act.READ)
                        .query("cursor", "string", "From the page before")
                        .query("limit", "integer", "Lines on a page, 1 to 500")
                        .gives(new TypeReference<Page<LogLine>>() {}.getType())
                        .by(call -> Reply.json(tasks.logs(
                                call.path("task"), call.query("cursor").orElse(null), call.limit()))),
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

    @FunctionalInterface
    private interface Steering {
        TaskView apply(String task, String actor);
    }
}

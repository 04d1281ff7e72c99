package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.task.TaskState;
import studio.kiln.core.task.TaskTrigger;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.library.Projects;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.TaskDependencyRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.queue.Job;
import studio.kiln.server.queue.JobQueue;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Takes requests in, and plans them as soon as their model has been looked into. */
final class Submission {
    private static final JsonMapper CANONICAL = ApiJson.LENIENT
            .rebuild()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private static final List<String> OF_ENGINES =
            List.of("ENGINE_UNAVAILABLE", "GPU_UNAVAILABLE", "DENOISE_UNAVAILABLE");

    private final Database database;
    private final Engines engines;
    private final Planner planner;
    private final PlanWriter writer;
    private final JobQueue queue;
    private final Notices notices;

    Submission(
            Database database, Engines engines, Planner planner, PlanWriter writer, JobQueue queue, Notices notices) {
        this.database = database;
        this.engines = engines;
        this.planner = planner;
        this.writer = writer;
        this.queue = queue;
        this.notices = notices;
    }

    /** The engines are not known yet; the planning is tried again. */
    private static final class NotYet extends Exception {
        private static final long serialVersionUID = 1;

        NotYet() {
            super("No node has said yet which engines it has");
        }
    }

    /** Stores the task and gives its id; planned already when the model is ready. */
    String submit(TaskRequest request, String owner, @Nullable String idempotencyKey) {
        String digest = Sha256.of(CANONICAL.writeValueAsString(request)).hex();
        Optional<String> earlier = earlier(owner, idempotencyKey, digest);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        check(request);
        long number = database.tx(tx -> Database.nextNumber(tx, "task"));
        String id = Ids.next();
        try {
            database.run(tx -> insert(tx, id, number, request, owner, idempotencyKey, digest));
        } catch (RuntimeException e) {
            // The same request at the same time in another thread has won.
            return earlier(owner, idempotencyKey, digest).orElseThrow(() -> e);
        }
        notices.committed();
        queue.runNow(Job.plan(id, 1, owner).id());
        queue.wake();
        return id;
    }

    private Optional<String> earlier(String owner, @Nullable String key, String digest) {
        if (key == null) {
            return Optional.empty();
        }
        Optional<Object[]> row = database.read(tx -> tx.createSelectionQuery(
                        "select id, requestDigest from TaskRow where owner = :owner and idempotencyKey = :key",
                        Object[].class)
                .setParameter("owner", owner)
                .setParameter("key", key)
                .uniqueResultOptional());
        row.ifPresent(found -> {
            if (!digest.equals(found[1])) {
                throw Refusal.of(
                        422,
                        "IDEMPOTENCY_KEY_REUSED",
                        "The key is used already",
                        "The Idempotency-Key '" + key + "' belongs to another request; send a new one.");
            }
        });
        return row.map(found -> (String) found[0]);
    }

    // What can be said against it is said before anything is stored.
    private void check(TaskRequest request) {
        ModelVersionRow version = version(request.modelVersionId());
        switch (version.state) {
            case UPLOADING ->
                throw Refusal.conflict(
                        "UPLOAD_INCOMPLETE", "Files of this model are still to be sent; send them, then submit again.");
            case UNUSABLE ->
                throw Refusal.unusable(
                        version.problemCode == null ? "FILE_UNREADABLE" : version.problemCode,
                        version.problem == null ? "No engine here can read this model." : version.problem);
            case INSPECTING -> {
                // Planned once the inspection is there.
            }
            case READY -> {
                try {
                    planner.plan(input(version, request), engines.usable(request.tag()));
                } catch (ApiException e) {
                    if (!mayChange(e)) {
                        throw e;
                    }
                }
            }
        }
    }

    // As long as engines are being tested, the one that is asked for may still turn up.
    private boolean mayChange(ApiException refusal) {
        return !engines.settled() && OF_ENGINES.contains(refusal.problem().code());
    }

    private ModelVersionRow version(String id) {
        ModelVersionRow row = database.<@Nullable ModelVersionRow>read(
                tx -> tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, id));
        if (row == null) {
            throw Refusal.notFound("model version", id);
        }
        return row;
    }

    private static Planner.Input input(ModelVersionRow version, TaskRequest request) {
        return input(
                version,
                request.frames(),
                request.scene(),
                request.settings() == null ? RenderSettings.AS_IN_FILE : request.settings(),
                request.blender(),
                Boolean.TRUE.equals(request.strict()),
                Boolean.TRUE.equals(request.trusted()),
                request.variants() == null ? List.of() : request.variants());
    }

    private static Planner.Input input(
            ModelVersionRow version,
            @Nullable String frames,
            @Nullable String scene,
            RenderSettings settings,
            @Nullable String blender,
            boolean strict,
            boolean trusted,
            List<TaskRequest.Variant> variants) {
        Inspection inspection = Json.inspection(version.inspection);
        if (inspection == null) {
            throw new IllegalStateException("Model version " + version.id + " is ready without an inspection");
        }
        return new Planner.Input(
                new Sha256(version.manifestDigest),
                ModelFormat.of(version.root).orElse(ModelFormat.BLEND),
                version.savedBy,
                inspection,
                Json.warnings(version.warnings),
                frames,
                scene,
                settings,
                blender,
                strict,
                trusted,
                variants);
    }

    private void insert(
            StatelessSession tx,
            String id,
            long number,
            TaskRequest request,
            String owner,
            @Nullable String idempotencyKey,
            String digest) {
        // Locked, so that its inspection cannot end between this look and our commit without seeing this task.
        tx.createMutationQuery("update ModelVersionRow set updatedAt = updatedAt where id = :id")
                .setParameter("id", request.modelVersionId())
                .executeUpdate();
        ModelVersionRow version = tx.get(ModelVersionRow.class, request.modelVersionId());
        ModelRow model = tx.get(ModelRow.class, version.model);
        List<TaskRow> after = after(tx, request);
        TaskRow row = new TaskRow();
        row.id = id;
        row.number = number;
        row.seq = number;
        row.name = Text.cut(
                request.name() == null || request.name().isBlank()
                        ? model.name
                        : request.name().strip(),
                200);
        row.owner = owner;
        row.project = Projects.home(tx, model.project, owner);
        row.model = model.id;
        row.version = version.id;
        row.state = after.stream().allMatch(task -> task.state == TaskState.SUCCEEDED)
                ? TaskState.QUEUED
                : TaskState.WAITING;
        row.priority = request.priority() == null ? 50 : request.priority();
        row.taskRank = row.priority;
        row.framesWanted = framesWanted(request);
        row.scene = request.scene();
        RenderSettings settings = request.settings() == null ? RenderSettings.AS_IN_FILE : request.settings();
        row.settings = SessionCodec.store(settings);
        row.blender = request.blender();
        row.strict = Boolean.TRUE.equals(request.strict());
        row.fresh = Boolean.TRUE.equals(request.fresh());
        row.telling = Boolean.TRUE.equals(request.telling());
        row.trusted = Boolean.TRUE.equals(request.trusted());
        row.tag = request.tag();
        row.idempotencyKey = idempotencyKey;
        row.requestDigest = digest;
        row.createdAt = Database.now(tx);
        row.queuedAt = row.createdAt;
        row.updatedAt = row.createdAt;
        row.wantedVariants = request.variants() == null || request.variants().isEmpty()
                ? null
                : SessionCodec.store(request.variants());
        tx.insert(row);
        for (TaskRow other : after) {
            TaskDependencyRow dependency = new TaskDependencyRow();
            dependency.task = id;
            dependency.afterTask = other.id;
            tx.insert(dependency);
        }
        LockedTask task = LockedTask.lock(tx, id).orElseThrow();
        task.note(
                owner,
                "task",
                id,
                null,
                row.state.name(),
                row.trusted ? "Submitted; scripts in the file are trusted" : "Submitted");
        Acting.note(tx, "task.submit", "task", id, row.name);
        if (row.trusted) {
            Acting.note(tx, "task.trust", "task", id, "Scripts in version " + version.version + " of " + model.name);
        }
        notices.save(task);
        if (version.state == VersionState.READY) {
            queue.put(tx, Job.plan(id, 1, owner));
        }
    }

    private static @Nullable String framesWanted(TaskRequest request) {
        if (request.frames() != null && request.frames().length() > Text.LONG) {
            throw Refusal.unusable(
                    "BAD_FRAMES",
                    "The list of frames is longer than " + Text.LONG + " characters; write runs of frames as ranges.");
        }
        return request.frames();
    }

    private static List<TaskRow> after(StatelessSession tx, TaskRequest request) {
        List<TaskRow> rows = new ArrayList<>();
        for (String name : request.after() == null ? List.<String>of() : request.after()) {
            TaskRow row = Tasks.find(tx, name)
                    .orElseThrow(() -> Refusal.unusable(
                            "TASK_UNKNOWN", "There is no task '" + name + "' that this one could wait for."));
            if (rows.stream().noneMatch(known -> known.id.equals(row.id))) {
                rows.add(row);
            }
        }
        return rows;
    }

    /** Plans a task; the handler of its job. */
    void plan(Job job) throws Exception {
        TaskRow row = database.<@Nullable TaskRow>read(tx -> tx.<@Nullable TaskRow>get(TaskRow.class, job.subject()));
        if (row == null || row.planned || row.state.isEnd()) {
            return;
        }
        ModelVersionRow version = version(row.version);
        if (version.state != VersionState.READY) {
            return;
        }
        TaskPlan plan;
        try {
            plan = planner.plan(
                    input(
                            version,
                            row.framesWanted,
                            row.scene,
                            Json.settings(row.settings),
                            row.blender,
                            row.strict,
                            row.trusted,
                            variants(row)),
                    engines.usable(row.tag));
        } catch (ApiException e) {
            if (mayChange(e)) {
                throw new NotYet();
            }
            reject(row.id, String.valueOf(e.getMessage()));
            return;
        }
        LockedTask task = database.<@Nullable LockedTask>tx(tx -> {
            LockedTask locked = LockedTask.lock(tx, row.id).orElse(null);
            if (locked == null || locked.row().planned || locked.state().isEnd()) {
                return null;
            }
            writer.write(locked, plan, slots(tx, Engines.tagged(plan.pool(), row.tag)));
            notices.save(locked);
            return locked;
        });
        if (task != null) {
            notices.committed(task);
        }
    }

    private static List<TaskRequest.Variant> variants(TaskRow row) {
        return row.wantedVariants == null
                ? List.of()
                : List.of(SessionCodec.load(row.wantedVariants, TaskRequest.Variant[].class));
    }

    /** Ends a task that turned out to be one that can never render. */
    void reject(String taskId, String why) {
        LockedTask task = database.<@Nullable LockedTask>tx(tx -> {
            LockedTask locked = LockedTask.lock(tx, taskId).orElse(null);
            if (locked != null && locked.trigger(TaskTrigger.REJECT, "scheduler", why)) {
                locked.row().why = why;
                locked.row().outputsFailed = locked.row().outputs - locked.row().outputsDone;
                notices.save(locked);
                return locked;
            }
            return null;
        });
        if (task != null) {
            notices.committed(task);
        }
    }

    /** What would happen; nothing is stored. */
    TaskPreview preview(TaskRequest request, String owner) {
        check(request);
        ModelVersionRow version = version(request.modelVersionId());
        if (version.state != VersionState.READY) {
            throw Refusal.conflict("INSPECTING", "The model is still being looked into; ask again when that is done.");
        }
        TaskPlan plan = planner.plan(input(version, request), engines.usable(request.tag()));
        boolean fresh = Boolean.TRUE.equals(request.fresh());
        return database.read(tx -> {
            int reused = fresh ? 0 : PlanWriter.countKnown(tx, owner, project(tx, version.model, owner), plan);
            int slots = slots(tx, Engines.tagged(plan.pool(), request.tag()));
            int left = plan.outputs().size() - reused;
            Estimates.PerOutput each = Estimates.of(tx, plan.measure());
            int size = PlanWriter.size(each.median(), Math.max(1, left), slots, plan.perFrame());
            int chunks = plan.together() ? Math.min(left, plan.looks().size()) : (left + size - 1) / size;
            return new TaskPreview(
                    plan.frames().toString(),
                    plan.frames().size(),
                    plan.outputs().size(),
                    reused,
                    chunks,
                    slots,
                    plan.width(),
                    plan.height(),
                    plan.engine().use(),
                    each.times(left, slots),
                    plan.warnings());
        });
    }

    private static String project(StatelessSession tx, String modelId, String owner) {
        return Projects.home(tx, tx.get(ModelRow.class, modelId).project, owner);
    }

    /** Slots of the nodes that serve a pool, at least 1. */
    int slots(StatelessSession tx, String pool) {
        var nodes = engines.nodesOf(pool);
        int slots = 0;
        for (String id : nodes) {
            NodeRow node = tx.<@Nullable NodeRow>get(NodeRow.class, id);
            slots += node == null || node.setAside ? 0 : node.slots;
        }
        return Math.max(1, slots);
    }
}

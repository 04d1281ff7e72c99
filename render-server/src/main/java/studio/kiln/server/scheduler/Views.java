package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.hibernate.query.SelectionQuery;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EngineRow;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.ResultRow;
import studio.kiln.server.persistence.TaskLogRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.TimelineRow;
import studio.kiln.server.persistence.VariantRow;
import studio.kiln.server.security.Sight;

/** Shows tasks as the API does. */
final class Views {
    private static final int MOST = 500;

    private final Database database;
    private final Reasons reasons;
    private final Submission submission;
    private final RunningNow now;
    private final StatusCache cache;

    Views(Database database, Reasons reasons, Submission submission, RunningNow now, StatusCache cache) {
        this.database = database;
        this.reasons = reasons;
        this.submission = submission;
        this.now = now;
        this.cache = cache;
    }

    TaskView task(String name) {
        return database.read(tx -> view(tx, Tasks.get(tx, name), new Names(tx)));
    }

    /** Empty when there is no such task. */
    Optional<TaskView> find(String id) {
        return database.read(tx -> Tasks.find(tx, id).map(row -> view(tx, row, new Names(tx))));
    }

    private TaskView view(StatelessSession tx, TaskRow row, Names names) {
        ModelRow model = names.model(row.model);
        ModelVersionRow version = names.version(row.version);
        boolean running = row.state == TaskState.RUNNING || row.state == TaskState.PAUSE_REQUESTED;
        return new TaskView(
                row.id,
                row.number,
                row.name,
                row.model,
                model == null ? row.name : model.name,
                row.version,
                version == null ? 0 : version.version,
                row.owner,
                row.state,
                StateWord.of(row.state).word(),
                row.revision,
                row.generation,
                row.priority,
                row.frames == null ? "" : row.frames,
                row.scene,
                Json.settings(row.settings),
                engine(names, row),
                counts(row),
                LockedTask.counts(row),
                running ? now.of(row.id).orElse(null) : null,
                left(tx, row),
                row.spentMs / 1000.0,
                row.newestResult,
                Json.warnings(row.warnings),
                after(tx, row.id),
                reasons.why(tx, row),
                row.createdAt,
                row.startedAt,
                row.endedAt);
    }

    /** Names that several tasks of one list share, read once. */
    private static final class Names {
        private final StatelessSession tx;
        private final Map<String, Optional<ModelRow>> models = new HashMap<>();
        private final Map<String, Optional<ModelVersionRow>> versions = new HashMap<>();
        private final Map<String, Optional<EngineRow>> engines = new HashMap<>();

        Names(StatelessSession tx) {
            this.tx = tx;
        }

        @Nullable
        ModelRow model(String id) {
            return models.computeIfAbsent(
                            id, key -> Optional.ofNullable(tx.<@Nullable ModelRow>get(ModelRow.class, key)))
                    .orElse(null);
        }

        @Nullable
        ModelVersionRow version(String id) {
            return versions.computeIfAbsent(
                            id,
                            key -> Optional.ofNullable(tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, key)))
                    .orElse(null);
        }

        @Nullable
        EngineRow engine(String id) {
            return engines.computeIfAbsent(
                            id, key -> Optional.ofNullable(tx.<@Nullable EngineRow>get(EngineRow.class, key)))
                    .orElse(null);
        }
    }

    private static @Nullable EngineUse engine(Names names, TaskRow row) {
        if (row.engine == null || row.engineVersion == null || row.engineBuild == null) {
            return null;
        }
        EngineRow engine = names.engine(row.engine);
        return new EngineUse(
                row.engine,
                row.engineVersion,
                row.engineBuild,
                engine == null ? "" : engine.backend,
                engine == null ? "" : engine.containment);
    }

    private static OutputCounts counts(TaskRow row) {
        return new OutputCounts(row.outputs, row.outputsDone, row.outputsReused, row.outputsFailed);
    }

    private @Nullable Estimate left(StatelessSession tx, TaskRow row) {
        int left = row.outputs - row.outputsDone - row.outputsFailed;
        if (row.state.isEnd() || !row.planned || left <= 0) {
            return null;
        }
        return Estimates.of(tx, row.measure).times(left, submission.slots(tx, row.pool));
    }

    private static List<String> after(StatelessSession tx, String task) {
        return tx.createSelectionQuery(
                        "select afterTask from TaskDependencyRow where task = :task order by afterTask", String.class)
                .setParameter("task", task)
                .getResultList();
    }

    TaskStatus status(String name) {
        return withProgress(cache.get(name).orElseGet(() -> readStatus(name)));
    }

    Optional<TaskStatus> cachedStatus(String name) {
        return cache.get(name).map(this::withProgress);
    }

    private TaskStatus withProgress(TaskStatus status) {
        FrameProgress progress = status.state() == TaskState.RUNNING || status.state() == TaskState.PAUSE_REQUESTED
                ? now.of(status.id()).orElse(null)
                : null;
        return new TaskStatus(
                status.id(),
                status.state(),
                status.status(),
                status.revision(),
                status.progress(),
                status.outputs(),
                progress,
                status.left(),
                status.problem(),
                status.updatedAt());
    }

    private TaskStatus readStatus(String name) {
        TaskStatus status = freshStatus(name);
        cache.put(status);
        return status;
    }

    /** As the database has it, whatever the cache says. */
    TaskStatus freshStatus(String name) {
        return database.read(tx -> {
            TaskRow row = Tasks.get(tx, name);
            return new TaskStatus(
                    row.id,
                    row.state,
                    StateWord.of(row.state).word(),
                    row.revision,
                    progress(row),
                    counts(row),
                    null,
                    left(tx, row),
                    row.state == TaskState.FAILED ? row.why : null,
                    row.updatedAt);
        });
    }

    private static double progress(TaskRow row) {
        if (row.outputs == 0) {
            return 0;
        }
        return (double) row.outputsDone / row.outputs;
    }

    Page<TaskView> list(
            Sight sight, @Nullable String states, @Nullable String query, @Nullable String cursor, int limit) {
        int size = Math.clamp(limit, 1, MOST);
        long before = cursor == null ? Long.MAX_VALUE : number(cursor);
        List<TaskState> wanted = states(states);
        String words = query == null || query.isBlank() ? null : query.strip().toLowerCase(Locale.ROOT);
        return database.read(tx -> {
            SelectionQuery<TaskRow> select = tx.createSelectionQuery(
                            "select t from TaskRow t where t.seq < :before and " + sight.where(Thing.Kind.TASK, "t")
                                    + (wanted.isEmpty() ? "" : " and t.state in :states")
                                    + (words == null
                                            ? ""
                                            : " and (lower(t.name) like :words escape '!' or lower(t.owner) like :words"
                                                    + " escape '!' or cast(t.number as string) = :exact or t.model in"
                                                    + " (select m.id from ModelRow m where lower(m.name) like :words"
                                                    + " escape '!'))")
                                    + " order by t.seq desc",
                            TaskRow.class)
                    .setParameter("before", before)
                    .setMaxResults(size + 1);
            sight.bind(select);
            if (!wanted.isEmpty()) {
                select.setParameter("states", wanted);
            }
            if (words != null) {
                select.setParameter("words", "%" + words.replaceAll("([!%_])", "!$1") + "%")
                        .setParameter("exact", words);
            }
            List<TaskRow> rows = select.getResultList();
            Names names = new Names(tx);
            List<TaskView> views =
                    rows.stream().limit(size).map(row -> view(tx, row, names)).toList();
            return new Page<>(views, rows.size() > size ? Long.toString(rows.get(size - 1).seq) : null);
        });
    }

    private static List<TaskState> states(@Nullable String words) {
        if (words == null || words.isBlank()) {
            return List.of();
        }
        List<TaskState> states = new ArrayList<>();
        for (String word : words.split(",")) {
            states.add(StateWord.parse(word.strip())
                    .orElseThrow(() -> Refusal.unusable(
                            "BAD_REQUEST",
                            "'" + word.strip() + "' is no state of a task; there are "
                                    + Arrays.stream(TaskState.values())
                                            .map(state -> StateWord.of(state).word())
                                            .collect(Collectors.joining(", "))
                                    + ".")));
        }
        return states;
    }

    private static long number(String cursor) {
        try {
            return Long.parseLong(cursor);
        } catch (NumberFormatException e) {
            throw Refusal.of(
                    422,
                    "BAD_CURSOR",
                    "A parameter is wrong",
                    "The cursor is none that this list has given; start again without one.");
        }
    }

    /** In the order of variant, frame, layer and view, extras after their picture. */
    Page<ResultView> results(String name, @Nullable String cursor, int limit) {
        int size = Math.clamp(limit, 1, MOST);
        long skip = cursor == null ? 0 : Math.max(0, number(cursor));
        return database.read(tx -> {
            String task = Tasks.get(tx, name).id;
            List<ResultRow> rows = tx.createSelectionQuery(
                            "select r from ResultRow r join OutputRow o on o.id = r.output where r.task = :task"
                                    + " order by o.variant, o.frame, o.layer, o.stereoView, o.part, r.slot",
                            ResultRow.class)
                    .setParameter("task", task)
                    .setFirstResult((int) Math.min(skip, Integer.MAX_VALUE))
                    .setMaxResults(size + 1)
                    .getResultList();
            return new Page<>(
                    rows.stream().limit(size).map(Views::view).toList(),
                    rows.size() > size ? Long.toString(skip + size) : null);
        });
    }

    Optional<ResultView> result(String id) {
        return database.read(tx -> Optional.ofNullable(tx.<@Nullable ResultRow>get(ResultRow.class, id)))
                .map(Views::view);
    }

    private static ResultView view(ResultRow row) {
        return new ResultView(
                row.id,
                row.task,
                row.kind,
                row.variant,
                row.frame,
                row.layer,
                row.stereoView,
                row.extension,
                new Sha256(row.sha256),
                row.bytes,
                row.width,
                row.height,
                row.seconds,
                row.reused,
                row.camera,
                row.nodeName,
                row.createdAt);
    }

    List<ChunkView> chunks(String name) {
        return database.read(tx -> {
            String task = Tasks.get(tx, name).id;
            Map<String, List<ChunkView.Attempt>> attempts = new HashMap<>();
            Map<String, String> nodes = new HashMap<>();
            tx.createSelectionQuery("select id, name from NodeRow", Object[].class)
                    .getResultList()
                    .forEach(row -> nodes.put((String) row[0], (String) row[1]));
            tx.createSelectionQuery("from AttemptRow where task = :task order by createdAt, id", AttemptRow.class)
                    .setParameter("task", task)
                    .getResultList()
                    .forEach(row -> attempts.computeIfAbsent(row.chunk, id -> new ArrayList<>())
                            .add(new ChunkView.Attempt(
                                    row.id,
                                    nodes.getOrDefault(row.node, row.node),
                                    row.state,
                                    row.startedAt == null ? row.createdAt : row.startedAt,
                                    row.endedAt,
                                    row.failure,
                                    row.code,
                                    row.message)));
            return tx
                    .createSelectionQuery("from ChunkRow where task = :task order by ordinal", ChunkRow.class)
                    .setParameter("task", task)
                    .getResultList()
                    .stream()
                    .map(row -> new ChunkView(
                            row.id,
                            row.ordinal,
                            row.kind.name().toLowerCase(Locale.ROOT),
                            row.state,
                            row.frames,
                            row.outputs,
                            row.outputsDone,
                            row.failures,
                            row.lostLeases,
                            row.notBefore,
                            attempts.getOrDefault(row.id, List.of())))
                    .toList();
        });
    }

    /** Oldest first. */
    Page<TimelineEntry> timeline(String name, @Nullable String cursor, int limit) {
        int size = Math.clamp(limit, 1, MOST);
        long after = cursor == null ? 0 : number(cursor);
        return database.read(tx -> {
            List<TimelineRow> rows = tx.createSelectionQuery(
                            "from TimelineRow where task = :task and id > :after order by task, id", TimelineRow.class)
                    .setParameter("task", Tasks.get(tx, name).id)
                    .setParameter("after", after)
                    .setMaxResults(size + 1)
                    .getResultList();
            return new Page<>(
                    rows.stream()
                            .limit(size)
                            .map(row -> new TimelineEntry(
                                    row.at, row.actor, row.subject, row.subjectId, row.stateFrom, row.stateTo, row.why))
                            .toList(),
                    rows.size() > size ? Long.toString(rows.get(size - 1).id) : null);
        });
    }

    /** Oldest first. */
    Page<LogLine> logs(String name, @Nullable String cursor, int limit) {
        int size = Math.clamp(limit, 1, MOST);
        long after = cursor == null ? 0 : number(cursor);
        return database.read(tx -> {
            List<TaskLogRow> rows = tx.createSelectionQuery(
                            "from TaskLogRow where task = :task and id > :after order by task, id", TaskLogRow.class)
                    .setParameter("task", Tasks.get(tx, name).id)
                    .setParameter("after", after)
                    .setMaxResults(size + 1)
                    .getResultList();
            return new Page<>(
                    rows.stream()
                            .limit(size)
                            .map(row -> new LogLine(row.at, row.attempt, row.level, row.message))
                            .toList(),
                    rows.size() > size ? Long.toString(rows.get(size - 1).id) : null);
        });
    }

    /** What the render script of a task needs. */
    RenderScript.Input script(String name) {
        return database.read(tx -> {
            TaskRow row = Tasks.get(tx, name);
            if (!row.planned) {
                throw Refusal.conflict(
                        "NOT_PLANNED",
                        "Task #" + row.number + " is not planned yet, so it has no script; ask again soon.");
            }
            List<OutputRow> outputs = tx.createSelectionQuery(
                            "from OutputRow where task = :task order by variant, frame, layer, stereoView, part",
                            OutputRow.class)
                    .setParameter("task", row.id)
                    .getResultList();
            List<RenderScript.Look> looks = new ArrayList<>();
            for (VariantRow variant : tx.createSelectionQuery(
                            "from VariantRow where task = :task order by ordinal", VariantRow.class)
                    .setParameter("task", row.id)
                    .getResultList()) {
                List<OutputKey> keys = outputs.stream()
                        .filter(output -> output.variant == variant.ordinal)
                        .map(PlanWriter::key)
                        .toList();
                looks.add(new RenderScript.Look(
                        variant.name,
                        Planner.with(Json.settings(row.settings), Json.overrides(variant.overrides)),
                        keys));
            }
            return new RenderScript.Input(
                    row.number,
                    row.name,
                    Objects.requireNonNullElse(row.engineVersion, ""),
                    Orders.manifest(tx, row.version),
                    row.scene,
                    row.trusted,
                    looks);
        });
    }
}

package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.AttemptTrigger;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.ChunkTrigger;
import studio.kiln.core.task.FailureKind;
import studio.kiln.core.task.RetryPolicy;
import studio.kiln.core.task.TaskState;
import studio.kiln.core.task.TaskTrigger;
import studio.kiln.server.events.EventSink.Occurrence;
import studio.kiln.server.node.ServerLink.Extra;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Publication;
import studio.kiln.server.ops.FarmMeter;
import studio.kiln.server.ops.LogFields;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.Batch;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.DatabaseUnavailable;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.ResultRow;
import studio.kiln.server.persistence.TaskRow;

/**
 * What nodes report of render attempts. Each report locks the task, looks whether the attempt is current, and changes
 * everything in one transaction or nothing; reports that come at the same time share a transaction. A report that was made
 * before does nothing new.
 */
final class Reports {
    private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
    /** Failures that every chunk of the task would meet as well: there is no use in trying the others. */
    private static final List<String> OF_THE_WHOLE_TASK = List.of(
            "FILE_UNREADABLE",
            "FILE_NEWER",
            "FILE_MISSING",
            "NOTHING_TO_RENDER",
            "IMPORT_FAILED",
            "IMPORTER_MISSING",
            "SCENE_UNKNOWN",
            "CAMERA_UNKNOWN",
            "LAYER_UNKNOWN",
            "ENGINE_UNAVAILABLE",
            "GPU_UNAVAILABLE",
            "DENOISE_UNAVAILABLE",
            "WRONG_FILE_LOADED",
            "STRICT");

    /** Reports are written by so many transactions at a time, each with its own tasks. */
    private static final int LANES = 1;

    private static final int MOST_TOGETHER = 128;

    private final Database database;
    private final Notices notices;
    private final RetryPolicy retry;
    private final NodeRecord nodes;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Attempts attempts;
    private final Consumer<String> onSucceeded;
    private final List<Together<Report>> lanes = Stream.generate(() -> new Together<>(MOST_TOGETHER, this::write))
            .limit(LANES)
            .toList();
    private volatile FarmMeter meter = FarmMeter.NONE;

    /** @param onSucceeded gets the id of each task that has succeeded, after the commit */
    Reports(
            Database database,
            Notices notices,
            RetryPolicy retry,
            NodeRecord nodes,
            Attempts attempts,
            Consumer<String> onSucceeded) {
        this.database = database;
        this.notices = notices;
        this.retry = retry;
        this.nodes = nodes;
        this.attempts = attempts;
        this.onSucceeded = onSucceeded;
    }

    void measure(FarmMeter farm) {
        this.meter = farm;
    }

    /** A current attempt, with its task locked; {@code results} are pictures that are published in this transaction. */
    private record Held(
            LockedTask task, ChunkRow chunk, AttemptRow attempt, String node, Pictures pictures, Published published) {}

    /** What is written of pictures at the end. */
    private static final class Published {
        final List<ResultRow> rows = new ArrayList<>();
        final List<@Nullable Object[]> outputs = new ArrayList<>();
        final Map<String, Long> blobs = new LinkedHashMap<>();
        final List<Occurrence> events = new ArrayList<>();

        /** Writes what was published until now, so that queries see it. */
        void flush(StatelessSession tx, Instant now) {
            keepBlobs(tx, blobs, now);
            boolean each =
                    Batch.run(tx, "update output set result = ?, failed = ? where id = ? and result is null", outputs);
            if (!each) {
                throw new IllegalStateException("An output got a result while its task was locked");
            }
            tx.insertMultiple(rows);
            blobs.clear();
            outputs.clear();
            rows.clear();
        }
    }

    @FunctionalInterface
    private interface Change {
        /** Changes what is held and says whether the node may go on. */
        boolean apply(Held held);
    }

    /** A report under way, with what came of it. */
    private static final class Report {
        private final String attempt;
        private final Change change;
        private final Collection<OutputKey> outputs;
        private boolean current;
        private @Nullable Held held;
        private @Nullable RuntimeException failure;

        Report(String attempt, Change change, Collection<OutputKey> outputs) {
            this.attempt = attempt;
            this.change = change;
            this.outputs = outputs;
        }
    }

    private void report(String attemptId, Change change) throws NotCurrent {
        report(new Report(attemptId, change, List.of()));
    }

    private void report(Report report) throws NotCurrent {
        // Reports of one task come one after the other anyway.
        int lane = Math.floorMod(attempts.task(report.attempt).hashCode(), lanes.size());
        lanes.get(lane).run(report);
        if (report.failure != null) {
            throw report.failure;
        }
        Held was = report.held;
        if (was != null && was.attempt.state.isEnd()) {
            ended(was);
        }
        if (!report.current) {
            throw new NotCurrent(report.attempt);
        }
    }

    private void write(List<Report> reports) {
        try {
            writeAll(reports);
        } catch (RuntimeException e) {
            if (reports.size() == 1 || DatabaseUnavailable.isCauseOf(e)) {
                throw e;
            }
            // One of them may be to blame, which is nothing to the others.
            LOG.debug("Reports could not be written together", e);
            for (Report report : reports) {
                try {
                    writeAll(List.of(report));
                } catch (RuntimeException own) {
                    report.failure = own;
                }
            }
        }
    }

    private void writeAll(List<Report> reports) {
        Collection<LockedTask> changed = database.tx(tx -> apply(tx, reports));
        notices.committed(changed);
        for (LockedTask task : changed) {
            if (task.state() == TaskState.SUCCEEDED && task.before() != TaskState.SUCCEEDED) {
                onSucceeded.accept(task.row().id);
            }
        }
    }

    /** Applies reports in their order; gives the tasks that were changed. */
    private Collection<LockedTask> apply(StatelessSession tx, List<Report> reports) {
        List<String> ids =
                reports.stream().map(report -> report.attempt).distinct().toList();
        List<String> tasks = tx.createSelectionQuery("select task from AttemptRow where id in :ids", String.class)
                .setParameterList("ids", ids)
                .getResultList();
        Map<String, LockedTask> locked = LockedTask.lockAll(tx, tasks);
        Map<String, AttemptRow> known = byId(tx, "AttemptRow", AttemptRow.class, ids, row -> row.id);
        List<String> chunkIds = known.values().stream()
                .filter(attempt -> !attempt.state.isEnd())
                .map(attempt -> attempt.chunk)
                .distinct()
                .toList();
        Map<String, ChunkRow> chunks = byId(tx, "ChunkRow", ChunkRow.class, chunkIds, row -> row.id);
        Pictures pictures = Pictures.read(
                tx,
                chunkIds,
                reports.stream().flatMap(report -> report.outputs.stream()).toList());
        Published published = new Published();
        Map<String, LockedTask> changed = new TreeMap<>();
        List<String> late = new ArrayList<>();
        for (Report report : reports) {
            report.held = null;
            AttemptRow attempt = known.get(report.attempt);
            ChunkRow chunk = attempt == null ? null : chunks.get(attempt.chunk);
            LockedTask task = attempt == null ? null : locked.get(attempt.task);
            if (attempt == null || task == null) {
                report.current = false;
            } else if (chunk == null || attempt.state.isEnd() || !attempt.id.equals(chunk.attempt)) {
                // A message that comes again after its success is no late message: the node did not hear the answer.
                report.current = attempt.state == AttemptState.SUCCEEDED;
                if (!report.current) {
                    late.add(attempt.id);
                }
            } else {
                Held held = new Held(task, chunk, attempt, nodes.name(tx, attempt.node), pictures, published);
                report.current = report.change.apply(held);
                report.held = held;
                changed.put(task.row().id, task);
            }
        }
        if (!late.isEmpty()) {
            tx.createMutationQuery("update AttemptRow set late = late + 1 where id in :ids")
                    .setParameterList("ids", late)
                    .executeUpdate();
        }
        if (!changed.isEmpty()) {
            LockedTask any = changed.values().iterator().next();
            published.flush(tx, any.now());
            notices.save(tx, changed.values(), published.events);
        }
        return changed.values();
    }

    private static <T> Map<String, T> byId(
            StatelessSession tx, String entity, Class<T> type, List<String> ids, Function<T, String> id) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return tx
                .createSelectionQuery("from " + entity + " where id in :ids", type)
                .setParameterList("ids", ids)
                .getResultList()
                .stream()
                .collect(Collectors.toMap(id, row -> row));
    }

    private void ended(Held held) {
        AttemptRow attempt = held.attempt;
        Duration took = Duration.between(attempt.createdAt, held.task.now());
        meter.ended(attempt.state, took);
        try (LogFields fields = LogFields.of(attempt.task, attempt.chunk, attempt.id)) {
            LOG.info("An attempt on {} ended after {} s: {}", held.node, took.toSeconds(), attempt.state);
        }
    }

    /** The node has begun; says whether that is new. */
    boolean started(String attemptId) throws NotCurrent {
        boolean[] moved = {false};
        report(attemptId, held -> {
            moved[0] = false;
            if (held.task.isStopping()) {
                return false;
            }
            moved[0] = held.attempt.state == AttemptState.LEASED;
            start(held);
            return true;
        });
        return moved[0];
    }

    private static void start(Held held) {
        if (held.attempt.state == AttemptState.LEASED) {
            held.task.move(held.attempt, AttemptTrigger.START, held.node, null);
            held.task.move(held.chunk, ChunkTrigger.START, held.node, null);
            held.task.settle(held.node, null);
        }
    }

    /** A warning of the session; kept once. A strict task ends by it. */
    void warn(String attemptId, RenderWarning warning) throws NotCurrent {
        report(attemptId, held -> {
            if (held.task.isStopping()) {
                return false;
            }
            TaskRow row = held.task.row();
            List<RenderWarning> known = Json.warnings(row.warnings);
            if (known.stream().anyMatch(w -> Planner.key(w).equals(Planner.key(warning)))) {
                return true;
            }
            List<RenderWarning> all = new ArrayList<>(known);
            all.add(warning);
            row.warnings = SessionCodec.store(all);
            held.task
                    .tx()
                    .createMutationQuery("update TaskRow set warnings = :warnings where id = :id")
                    .setParameter("warnings", row.warnings)
                    .setParameter("id", row.id)
                    .executeUpdate();
            if (row.strict) {
                rejectAll(
                        held.task,
                        "Nothing more is rendered, because warnings were to refuse it: " + warning.message());
                end(held, AttemptTrigger.CANCEL, ChunkTrigger.CANCEL, warning.message());
                return false;
            }
            return true;
        });
    }

    /** Publishes pictures: all of them, each once, or none; gives those that are new. */
    List<Publication> publish(String attemptId, List<Publication> pictures) throws NotCurrent {
        List<Publication> published = new ArrayList<>();
        Change change = held -> {
            published.clear();
            if (held.task.isStopping()) {
                return false;
            }
            start(held);
            for (Publication picture : pictures) {
                if (publish(held, picture)) {
                    published.add(picture);
                }
            }
            int fresh = published.size();
            if (fresh > 0) {
                held.chunk.outputsDone += fresh;
                held.attempt.published += fresh;
                held.task.row().outputsDone += fresh;
                held.task.touched(held.chunk);
                held.task.touched(held.attempt);
            }
            return true;
        };
        report(new Report(
                attemptId, change, pictures.stream().map(Publication::output).toList()));
        published.forEach(picture -> meter.published(picture.seconds()));
        return published;
    }

    private boolean publish(Held held, Publication picture) {
        OutputRow output = held.pictures.output(held.chunk, picture.output()).orElse(null);
        if (output == null) {
            return false;
        }
        ResultRow row = result(held, held.pictures.variant(held.task.tx(), held.chunk), output, picture);
        output.result = row.id;
        held.published.outputs.add(new @Nullable Object[] {row.id, false, output.id});
        held.published.blobs.put(picture.sha256().hex(), picture.bytes());
        held.published.rows.add(row);
        for (Extra extra : picture.extras()) {
            held.published.blobs.put(extra.sha256().hex(), extra.bytes());
            held.published.rows.add(extra(row, extra));
        }
        held.task.row().spentMs += Math.round(picture.seconds() * 1000);
        held.task.row().newestResult = row.id;
        held.published.events.add(Notices.result(held.task, row.id));
        return true;
    }

    /** The pictures that reports are about and that are still missing. */
    private record Pictures(List<OutputRow> missing, Map<String, String> variants) {
        static Pictures read(StatelessSession tx, List<String> chunks, List<OutputKey> wanted) {
            if (wanted.isEmpty() || chunks.isEmpty()) {
                return new Pictures(List.of(), new HashMap<>());
            }
            List<OutputRow> missing = tx.createSelectionQuery(
                            "from OutputRow where chunk in :chunks and frame in :frames and result is null",
                            OutputRow.class)
                    .setParameterList("chunks", chunks)
                    .setParameterList(
                            "frames",
                            wanted.stream().map(OutputKey::frame).distinct().toList())
                    .getResultList();
            return new Pictures(missing, new HashMap<>());
        }

        // An output of another chunk is nothing that this attempt was asked for.
        Optional<OutputRow> output(ChunkRow chunk, OutputKey key) {
            return missing.stream()
                    .filter(row -> chunk.id.equals(row.chunk)
                            && row.result == null
                            && PlanWriter.key(row).equals(key))
                    .findFirst();
        }

        String variant(StatelessSession tx, ChunkRow chunk) {
            return variants.computeIfAbsent(
                    chunk.task + '/' + chunk.variant,
                    key -> tx.createSelectionQuery(
                                    "select name from VariantRow where task = :task and ordinal = :ordinal",
                                    String.class)
                            .setParameter("task", chunk.task)
                            .setParameter("ordinal", chunk.variant)
                            .getSingleResult());
        }
    }

    private static ResultRow result(Held held, String variant, OutputRow output, Publication picture) {
        ResultRow row = new ResultRow();
        row.id = Ids.next();
        row.task = output.task;
        row.output = output.id;
        row.slot = "";
        row.kind = "image";
        row.variant = variant;
        row.frame = output.frame;
        row.layer = output.layer;
        row.stereoView = output.stereoView;
        row.part = output.part;
        row.extension = Text.cut(picture.extension(), 16);
        row.sha256 = picture.sha256().hex();
        row.bytes = picture.bytes();
        row.width = picture.width();
        row.height = picture.height();
        row.seconds = picture.seconds();
        row.reused = false;
        row.camera = Text.cutOrNull(picture.camera(), 200);
        row.device = Text.cutOrNull(picture.device(), 100);
        row.recipe = output.recipe;
        String measure = held.task.row().measure;
        row.measure = measure == null ? "" : measure;
        row.attempt = held.attempt.id;
        row.createdAt = held.task.now();
        return row;
    }

    private static ResultRow extra(ResultRow image, Extra extra) {
        ResultRow row = new ResultRow();
        row.id = Ids.next();
        row.task = image.task;
        row.output = image.output;
        row.slot = Text.cut(extra.node() + "/" + extra.name(), 500);
        row.kind = "extra";
        row.variant = image.variant;
        row.frame = image.frame;
        row.layer = image.layer;
        row.stereoView = image.stereoView;
        row.part = image.part;
        int dot = extra.name().lastIndexOf('.');
        row.extension = dot < 0 ? "" : Text.cut(extra.name().substring(dot + 1), 16);
        row.sha256 = extra.sha256().hex();
        row.bytes = extra.bytes();
        row.seconds = 0;
        row.reused = false;
        row.nodeName = Text.cut(extra.node(), 200);
        row.recipe = image.recipe;
        row.measure = image.measure;
        row.attempt = image.attempt;
        row.createdAt = image.createdAt;
        return row;
    }

    private static void keepBlobs(StatelessSession tx, Map<String, Long> blobs, Instant now) {
        if (blobs.isEmpty()) {
            return;
        }
        Set<String> known =
                Set.copyOf(tx.createSelectionQuery("select sha256 from BlobRow where sha256 in :digests", String.class)
                        .setParameterList("digests", blobs.keySet())
                        .getResultList());
        blobs.forEach((sha256, bytes) -> {
            if (!known.contains(sha256)) {
                // Another transaction may put the same bytes in at this moment.
                tx.createMutationQuery("insert into BlobRow (sha256, size, createdAt) values (:sha256, :size, :now)"
                                + " on conflict do nothing")
                        .setParameter("sha256", sha256)
                        .setParameter("size", bytes)
                        .setParameter("now", now)
                        .executeUpdate();
            }
        });
    }

    /** The chunk is done, if all its outputs exist; else it failed. */
    void finished(String attemptId) throws NotCurrent {
        report(attemptId, held -> {
            if (held.chunk.outputsDone >= held.chunk.outputs) {
                start(held);
                held.task.move(held.attempt, AttemptTrigger.RENDERED, held.node, null);
                end(held, AttemptTrigger.SUCCEED, ChunkTrigger.SUCCEED, null);
                nodes.succeeded(held.task.tx(), held.task.row().id, held.attempt.node);
                return true;
            }
            if (held.task.isStopping()) {
                end(held, AttemptTrigger.CANCEL, ChunkTrigger.CANCEL, "Stopped");
                return true;
            }
            String message = Text.count(held.chunk.outputs - held.chunk.outputsDone, "picture")
                    + " of the chunk did not arrive although the node reported its end.";
            fail(held, FailureKind.TRANSIENT, "OUTPUT_MISSING", message, null);
            return true;
        });
    }

    void failed(String attemptId, FailureKind kind, String code, String message, @Nullable String detail)
            throws NotCurrent {
        report(attemptId, held -> {
            if (held.task.isStopping()) {
                end(held, AttemptTrigger.CANCEL, ChunkTrigger.CANCEL, "Stopped: " + message);
            } else {
                fail(held, kind, code, message, detail);
            }
            return true;
        });
    }

    private void fail(Held held, FailureKind kind, String code, String message, @Nullable String detail) {
        flush(held);
        held.attempt.failure = kind;
        held.attempt.code = code;
        held.attempt.message = message;
        if (detail != null) {
            held.task
                    .tx()
                    .createMutationQuery("update AttemptRow set detail = :detail where id = :id")
                    .setParameter("detail", detail)
                    .setParameter("id", held.attempt.id)
                    .executeUpdate();
        }
        // Only failures in a row count: an attempt that has published something came past where the last one failed.
        int fault = RetryPolicy.counts(code) ? 1 : 0;
        held.chunk.failures = held.attempt.published > 0 ? fault : held.chunk.failures + fault;
        var pause = retry.pauseAfter(kind, code, held.chunk.failures, random);
        if (pause.isPresent()) {
            held.chunk.notBefore = held.task.now().plus(pause.get());
            end(held, AttemptTrigger.FAIL, ChunkTrigger.RETRY, message);
        } else {
            lose(held.task, held.chunk, message);
            end(held, AttemptTrigger.FAIL, ChunkTrigger.FAIL, message);
        }
        flush(held);
        if (kind == FailureKind.PERMANENT) {
            if (OF_THE_WHOLE_TASK.contains(code)) {
                rejectAll(held.task, message);
            }
        } else {
            nodes.failed(held.task, held.attempt.node, message);
        }
    }

    // What follows asks the database about what was changed.
    private static void flush(Held held) {
        held.published.flush(held.task.tx(), held.task.now());
        held.task.flush();
    }

    /** Marks the outputs of a chunk that is given up, and says on the task why. */
    static void lose(LockedTask task, ChunkRow chunk, String message) {
        List<Integer> frames = task.tx()
                .createSelectionQuery(
                        "select frame from OutputRow where chunk = :chunk and result is null", Integer.class)
                .setParameter("chunk", chunk.id)
                .getResultList();
        int lost = task.tx()
                .createMutationQuery("update OutputRow set failed = true where chunk = :chunk and result is null")
                .setParameter("chunk", chunk.id)
                .executeUpdate();
        task.row().outputsFailed += lost;
        task.row().why = frames.isEmpty()
                ? message
                : (frames.stream().distinct().count() == 1 ? "Frame " : "Frames ") + FrameSet.of(frames) + ": "
                        + message;
    }

    private static void rejectAll(LockedTask task, String message) {
        if (task.trigger(TaskTrigger.REJECT, "scheduler", message)) {
            task.row().outputsFailed = task.row().outputs - task.row().outputsDone;
            task.row().why = message;
        }
    }

    private static void end(Held held, AttemptTrigger attempt, ChunkTrigger chunk, @Nullable String why) {
        held.task.move(held.attempt, attempt, held.node, why);
        held.task.move(held.chunk, chunk, held.node, why);
        held.task.settle(held.node, why);
    }

    /** The node gives the chunk back; somebody else may take it at once. */
    void released(String attemptId, String why) throws NotCurrent {
        report(attemptId, held -> {
            end(held, AttemptTrigger.CANCEL, held.task.isStopping() ? ChunkTrigger.CANCEL : ChunkTrigger.RELEASE, why);
            return true;
        });
        notices.workIsThere();
    }

    /**
     * Takes a chunk back from an attempt that is not heard of any more.
     *
     * @param mostLost so many lost leases give the chunk up
     * @param expiredBefore only when its lease ended before that; null takes it back whatever its lease says
     * @return whether it was taken back
     */
    boolean takeBack(String chunkId, String why, int mostLost, @Nullable Instant expiredBefore) {
        return takeBack(chunkId, null, why, mostLost, expiredBefore);
    }

    /** As above, from that attempt and no other. */
    boolean takeBack(String chunkId, String attempt, String why, int mostLost) {
        return takeBack(chunkId, attempt, why, mostLost, null);
    }

    private boolean takeBack(
            String chunkId, @Nullable String from, String why, int mostLost, @Nullable Instant expiredBefore) {
        LockedTask task = database.<@Nullable LockedTask>tx(tx -> {
            ChunkRow seen = tx.<@Nullable ChunkRow>get(ChunkRow.class, chunkId);
            LockedTask locked =
                    seen == null ? null : LockedTask.lock(tx, seen.task).orElse(null);
            if (locked == null) {
                return null;
            }
            ChunkRow chunk = tx.get(ChunkRow.class, chunkId);
            boolean expired =
                    expiredBefore == null || (chunk.leaseUntil != null && chunk.leaseUntil.isBefore(expiredBefore));
            boolean theirs = chunk.attempt != null && (from == null || from.equals(chunk.attempt));
            if (!chunk.state.isActive() || chunk.attempt == null || !theirs || !expired) {
                return null;
            }
            AttemptRow attempt = tx.get(AttemptRow.class, chunk.attempt);
            locked.move(attempt, AttemptTrigger.LOSE, "scheduler", why);
            chunk.lostLeases = attempt.published > 0 ? 1 : chunk.lostLeases + 1;
            if (locked.isStopping()) {
                locked.move(chunk, ChunkTrigger.CANCEL, "scheduler", why);
            } else if (chunk.lostLeases >= mostLost) {
                lose(
                        locked,
                        chunk,
                        "Every node that took it was lost while it rendered (" + chunk.lostLeases + " times).");
                locked.move(chunk, ChunkTrigger.FAIL, "scheduler", why);
            } else {
                locked.move(chunk, ChunkTrigger.TAKE_BACK, "scheduler", why);
            }
            locked.settle("scheduler", why);
            notices.save(locked);
            return locked;
        });
        if (task != null) {
            notices.committed(task);
            notices.workIsThere();
        }
        return task != null;
    }

    /** Makes a chunk ready whose time has come. */
    void due(String chunkId) {
        LockedTask task = database.<@Nullable LockedTask>tx(tx -> {
            ChunkRow seen = tx.<@Nullable ChunkRow>get(ChunkRow.class, chunkId);
            LockedTask locked =
                    seen == null ? null : LockedTask.lock(tx, seen.task).orElse(null);
            if (locked == null) {
                return null;
            }
            ChunkRow chunk = tx.get(ChunkRow.class, chunkId);
            if (chunk.state != ChunkState.RETRY_WAIT || !locked.move(chunk, ChunkTrigger.DUE, "scheduler", null)) {
                return null;
            }
            locked.settle("scheduler", null);
            notices.save(locked);
            return locked;
        });
        if (task != null) {
            notices.committed(task);
        }
    }
}

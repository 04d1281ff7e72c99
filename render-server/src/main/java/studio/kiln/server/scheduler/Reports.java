package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
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
import studio.kiln.server.node.ServerLink.Extra;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Publication;
import studio.kiln.server.ops.FarmMeter;
import studio.kiln.server.ops.LogFields;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.BlobRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.ResultRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.VariantRow;

/**
 * What nodes report of render attempts. Each report locks the task, looks whether the attempt is current, and changes
 * everything in one transaction or nothing. A report that was made before does nothing new.
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

    private final Database database;
    private final Notices notices;
    private final RetryPolicy retry;
    private final NodeRecord nodes;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Consumer<String> onSucceeded;
    private volatile FarmMeter meter = FarmMeter.NONE;

    /** @param onSucceeded gets the id of each task that has succeeded, after the commit */
    Reports(Database database, Notices notices, RetryPolicy retry, NodeRecord nodes, Consumer<String> onSucceeded) {
        this.database = database;
        this.notices = notices;
        this.retry = retry;
        this.nodes = nodes;
        this.onSucceeded = onSucceeded;
    }

    void measure(FarmMeter farm) {
        this.meter = farm;
    }

    /** A current attempt, with its task locked. */
    private record Held(LockedTask task, ChunkRow chunk, AttemptRow attempt, String node) {}

    /** What a report comes to; {@code task} is null when nothing was changed. */
    private record Outcome(@Nullable LockedTask task, boolean current) {
        static final Outcome STALE = new Outcome(null, false);
        static final Outcome NOTHING_NEW = new Outcome(null, true);
    }

    @FunctionalInterface
    private interface Change {
        /** Changes what is held and says whether the node may go on. */
        boolean apply(Held held);
    }

    private void report(String attemptId, Change change) throws NotCurrent {
        AtomicReference<@Nullable Held> last = new AtomicReference<>();
        Outcome outcome = database.tx(tx -> {
            last.set(null);
            Optional<Held> held = hold(tx, attemptId);
            if (held.isEmpty()) {
                return stale(tx, attemptId);
            }
            boolean current = change.apply(held.get());
            last.set(held.get());
            notices.save(held.get().task);
            return new Outcome(held.get().task, current);
        });
        Held was = last.get();
        if (was != null && was.attempt.state.isEnd()) {
            ended(was);
        }
        if (outcome.task != null) {
            notices.committed(outcome.task);
            if (outcome.task.state() == TaskState.SUCCEEDED && outcome.task.before() != TaskState.SUCCEEDED) {
                onSucceeded.accept(outcome.task.row().id);
            }
        }
        if (!outcome.current) {
            throw new NotCurrent(attemptId);
        }
    }

    private void ended(Held held) {
        AttemptRow attempt = held.attempt;
        Duration took = Duration.between(attempt.createdAt, held.task.now());
        meter.ended(attempt.state, took);
        try (LogFields fields = LogFields.of(attempt.task, attempt.chunk, attempt.id)) {
            LOG.info("An attempt on {} ended after {} s: {}", held.node, took.toSeconds(), attempt.state);
        }
    }

    private Optional<Held> hold(StatelessSession tx, String attemptId) {
        String taskId = tx.createSelectionQuery("select task from AttemptRow where id = :id", String.class)
                .setParameter("id", attemptId)
                .uniqueResult();
        if (taskId == null) {
            return Optional.empty();
        }
        LockedTask task = LockedTask.lock(tx, taskId).orElseThrow();
        AttemptRow attempt = tx.get(AttemptRow.class, attemptId);
        ChunkRow chunk = tx.get(ChunkRow.class, attempt.chunk);
        if (attempt.state.isEnd() || !attemptId.equals(chunk.attempt)) {
            return Optional.empty();
        }
        return Optional.of(new Held(task, chunk, attempt, nodes.name(tx, attempt.node)));
    }

    // A message that comes again after its success is no late message: the node did not hear the answer.
    private static Outcome stale(StatelessSession tx, String attemptId) {
        AttemptRow attempt = tx.<@Nullable AttemptRow>get(AttemptRow.class, attemptId);
        if (attempt == null) {
            return Outcome.STALE;
        }
        if (attempt.state == AttemptState.SUCCEEDED) {
            return Outcome.NOTHING_NEW;
        }
        tx.createMutationQuery("update AttemptRow set late = late + 1 where id = :id")
                .setParameter("id", attemptId)
                .executeUpdate();
        return Outcome.STALE;
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
        report(attemptId, held -> {
            published.clear();
            if (held.task.isStopping()) {
                return false;
            }
            start(held);
            VariantRow variant = held.task
                    .tx()
                    .createSelectionQuery("from VariantRow where task = :task and ordinal = :ordinal", VariantRow.class)
                    .setParameter("task", held.chunk.task)
                    .setParameter("ordinal", held.chunk.variant)
                    .getSingleResult();
            int fresh = 0;
            for (Publication picture : pictures) {
                if (publish(held, variant.name, picture)) {
                    fresh++;
                    published.add(picture);
                }
            }
            if (fresh > 0) {
                held.chunk.outputsDone += fresh;
                held.attempt.published += fresh;
                held.task.row().outputsDone += fresh;
                held.task
                        .tx()
                        .createMutationQuery("update ChunkRow set outputsDone = :done where id = :id")
                        .setParameter("done", held.chunk.outputsDone)
                        .setParameter("id", held.chunk.id)
                        .executeUpdate();
                held.task
                        .tx()
                        .createMutationQuery("update AttemptRow set published = :published where id = :id")
                        .setParameter("published", held.attempt.published)
                        .setParameter("id", held.attempt.id)
                        .executeUpdate();
            }
            return true;
        });
        published.forEach(picture -> meter.published(picture.seconds()));
        return published;
    }

    private boolean publish(Held held, String variant, Publication picture) {
        StatelessSession tx = held.task.tx();
        OutputRow output = output(tx, held.chunk, picture.output()).orElse(null);
        if (output == null || output.result != null) {
            return false;
        }
        ResultRow row = result(held, variant, output, picture);
        int rows = tx.createMutationQuery(
                        "update OutputRow set result = :result, failed = false where id = :id and result is null")
                .setParameter("result", row.id)
                .setParameter("id", output.id)
                .executeUpdate();
        if (rows != 1) {
            return false;
        }
        keepBlob(tx, held.task, picture.sha256().hex(), picture.bytes());
        tx.insert(row);
        for (Extra extra : picture.extras()) {
            keepBlob(tx, held.task, extra.sha256().hex(), extra.bytes());
            tx.insert(extra(row, extra));
        }
        held.task.row().spentMs += Math.round(picture.seconds() * 1000);
        held.task.row().newestResult = row.id;
        notices.result(held.task, row.id);
        return true;
    }

    // An output of another chunk is nothing that this attempt was asked for.
    private static Optional<OutputRow> output(StatelessSession tx, ChunkRow chunk, OutputKey key) {
        return tx.createSelectionQuery(
                        "from OutputRow where task = :task and variant = :variant and frame = :frame and layer = :layer"
                                + " and stereoView = :view and part = :part",
                        OutputRow.class)
                .setParameter("task", chunk.task)
                .setParameter("variant", key.variant())
                .setParameter("frame", key.frame())
                .setParameter("layer", key.layer())
                .setParameter("view", key.view())
                .setParameter("part", key.part())
                .uniqueResultOptional()
                .filter(output -> chunk.id.equals(output.chunk));
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

    private static void keepBlob(StatelessSession tx, LockedTask task, String sha256, long bytes) {
        if (tx.<@Nullable BlobRow>get(BlobRow.class, sha256) != null) {
            return;
        }
        // Another transaction may put the same bytes in at this moment.
        tx.createMutationQuery("insert into BlobRow (sha256, size, createdAt) values (:sha256, :size, :now)"
                        + " on conflict do nothing")
                .setParameter("sha256", sha256)
                .setParameter("size", bytes)
                .setParameter("now", task.now())
                .executeUpdate();
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
        if (kind == FailureKind.PERMANENT) {
            if (OF_THE_WHOLE_TASK.contains(code)) {
                rejectAll(held.task, message);
            }
        } else {
            nodes.failed(held.task, held.attempt.node, message);
        }
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

package studio.kiln.server.scheduler;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.AttemptTrigger;
import studio.kiln.core.task.ChunkCounts;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.ChunkTrigger;
import studio.kiln.core.task.TaskState;
import studio.kiln.core.task.TaskTrigger;
import studio.kiln.core.task.Transitions;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.TimelineRow;

/**
 * A task whose row this transaction has locked. Every change of a task, of its chunks and of its attempts goes through
 * here: the counters of the row are moved with the chunks, the state is derived from the counters, and each transition
 * leaves a row in the timeline. {@link #save} writes it all.
 */
final class LockedTask {
    private final StatelessSession tx;
    private final TaskRow row;
    private final Instant now;
    private final List<TimelineRow> timeline = new ArrayList<>();
    private final TaskState before;
    private ChunkCounts chunks;

    private LockedTask(StatelessSession tx, TaskRow row, Instant now) {
        this.tx = tx;
        this.row = row;
        this.now = now;
        this.before = row.state;
        this.chunks = counts(row);
    }

    /**
     * Locks the row by raising its revision, which reads the newest state on every database, whatever this transaction
     * read before.
     */
    static Optional<LockedTask> lock(StatelessSession tx, String id) {
        int rows = tx.createMutationQuery("update TaskRow set revision = revision + 1 where id = :id")
                .setParameter("id", id)
                .executeUpdate();
        if (rows == 0) {
            return Optional.empty();
        }
        TaskRow row = tx.get(TaskRow.class, id);
        return Optional.of(new LockedTask(tx, row, Database.now(tx)));
    }

    static ChunkCounts counts(TaskRow row) {
        return new ChunkCounts(
                row.ready, row.leased, row.running, row.retryWait, row.succeeded, row.failed, row.cancelled);
    }

    StatelessSession tx() {
        return tx;
    }

    /** The row; hot columns that are changed here are written by {@link #save}. */
    TaskRow row() {
        return row;
    }

    Instant now() {
        return now;
    }

    TaskState state() {
        return row.state;
    }

    TaskState before() {
        return before;
    }

    ChunkCounts chunks() {
        return chunks;
    }

    /** Whether nodes should stop what they do for this task. */
    boolean isStopping() {
        return row.state == TaskState.CANCEL_REQUESTED || row.state.isEnd();
    }

    /** Applies a trigger; says whether it has a meaning in this state. */
    boolean trigger(TaskTrigger trigger, String actor, @Nullable String why) {
        Optional<TaskState> to = Transitions.task(row.state, trigger, chunks);
        to.ifPresent(state -> enter(state, actor, why));
        return to.isPresent();
    }

    /** Derives the state from the counters. */
    void settle(String actor, @Nullable String why) {
        if (row.planned) {
            TaskState to = Transitions.settle(row.state, chunks);
            if (to != row.state) {
                enter(to, actor, why);
            }
        }
    }

    private void enter(TaskState to, String actor, @Nullable String why) {
        note(actor, "task", row.id, row.state.name(), to.name(), why);
        row.state = to;
        if (to == TaskState.RUNNING && row.startedAt == null) {
            row.startedAt = now;
        }
        if (to == TaskState.QUEUED) {
            row.queuedAt = now;
        }
        row.endedAt = to.isEnd() ? now : null;
    }

    /**
     * Moves a chunk, and writes its hot columns as they are in {@code chunk}.
     *
     * @return false, and nothing is changed, when the trigger has no meaning in the chunk's state
     */
    boolean move(ChunkRow chunk, ChunkTrigger trigger, String actor, @Nullable String why) {
        ChunkState from = chunk.state;
        Optional<ChunkState> to = Transitions.chunk(from, trigger);
        if (to.isEmpty()) {
            return false;
        }
        chunk.state = to.get();
        if (!chunk.state.isActive()) {
            chunk.attempt = null;
            chunk.node = null;
            chunk.leaseUntil = null;
        }
        if (chunk.state != ChunkState.RETRY_WAIT) {
            chunk.notBefore = null;
        }
        int rows = tx.createMutationQuery("update ChunkRow set state = :to, outputsDone = :done, failures = :failures,"
                        + " lostLeases = :lost, attempt = :attempt, node = :node, leaseUntil = :until, notBefore = :due"
                        + " where id = :id and state = :from")
                .setParameter("to", chunk.state)
                .setParameter("done", chunk.outputsDone)
                .setParameter("failures", chunk.failures)
                .setParameter("lost", chunk.lostLeases)
                .setParameter("attempt", chunk.attempt)
                .setParameter("node", chunk.node)
                .setParameter("until", chunk.leaseUntil)
                .setParameter("due", chunk.notBefore)
                .setParameter("id", chunk.id)
                .setParameter("from", from)
                .executeUpdate();
        if (rows != 1) {
            throw new IllegalStateException("Chunk " + chunk.id + " is not " + from + " although its task is locked");
        }
        chunks = chunks.move(from, chunk.state);
        note(actor, "chunk", chunk.id, from.name(), chunk.state.name(), why);
        return true;
    }

    /** Counts chunks that were moved by one statement; the timeline gets one row for all of them. */
    void moved(int n, ChunkState from, ChunkState to, String actor, @Nullable String why) {
        if (n > 0) {
            chunks = chunks.plus(to, n).plus(from, -n);
            note(
                    actor,
                    "chunk",
                    row.id,
                    from.name(),
                    to.name(),
                    Text.count(n, "chunk") + (why == null ? "" : ": " + why));
        }
    }

    /** Replaces the counters; only for the repair pass. */
    void recounted(ChunkCounts counted) {
        chunks = counted;
    }

    /** Counts chunks that are new. */
    void added(int n) {
        chunks = chunks.plus(ChunkState.READY, n);
    }

    /** Moves an attempt and writes it; does nothing when it is over or the trigger has no meaning. */
    boolean move(AttemptRow attempt, AttemptTrigger trigger, String actor, @Nullable String why) {
        var from = attempt.state;
        var to = Transitions.attempt(from, trigger);
        if (to.isEmpty()) {
            return false;
        }
        attempt.state = to.get();
        if (trigger == AttemptTrigger.START) {
            attempt.startedAt = now;
        }
        if (attempt.state.isEnd()) {
            attempt.endedAt = now;
        }
        tx.createMutationQuery(
                        "update AttemptRow set state = :state, failure = :failure, code = :code,"
                                + " message = :message, published = :published, startedAt = :started, endedAt = :ended where id = :id")
                .setParameter("state", attempt.state)
                .setParameter("failure", attempt.failure)
                .setParameter("code", Text.cutOrNull(attempt.code, 64))
                .setParameter("message", Text.cutOrNull(attempt.message, Text.LONG))
                .setParameter("published", attempt.published)
                .setParameter("started", attempt.startedAt)
                .setParameter("ended", attempt.endedAt)
                .setParameter("id", attempt.id)
                .executeUpdate();
        note(actor, "attempt", attempt.id, from.name(), attempt.state.name(), why);
        return true;
    }

    /** Adds a row to the timeline. */
    void note(String actor, String subject, String subjectId, @Nullable String from, String to, @Nullable String why) {
        TimelineRow entry = new TimelineRow();
        entry.task = row.id;
        entry.at = now;
        entry.actor = actor;
        entry.subject = subject;
        entry.subjectId = subjectId;
        entry.stateFrom = from;
        entry.stateTo = to;
        entry.why = Text.cutOrNull(why, Text.LONG);
        timeline.add(entry);
    }

    /** Writes the hot columns and the timeline. */
    void save() {
        row.ready = chunks.ready();
        row.leased = chunks.leased();
        row.running = chunks.running();
        row.retryWait = chunks.retryWait();
        row.succeeded = chunks.succeeded();
        row.failed = chunks.failed();
        row.cancelled = chunks.cancelled();
        row.updatedAt = now;
        tx.createMutationQuery(
                        "update TaskRow set state = :state, ready = :ready, leased = :leased, running = :running,"
                                + " retryWait = :retryWait, succeeded = :succeeded, failed = :failed, cancelled = :cancelled,"
                                + " outputs = :outputs, outputsDone = :done, outputsReused = :reused, outputsFailed = :lost,"
                                + " spentMs = :spent, newestResult = :newest, why = :why, priority = :priority, taskRank = :rank, goNext = :next,"
                                + " generation = :generation, queuedAt = :queued, startedAt = :started, endedAt = :ended,"
                                + " updatedAt = :updated where id = :id")
                .setParameter("state", row.state)
                .setParameter("ready", row.ready)
                .setParameter("leased", row.leased)
                .setParameter("running", row.running)
                .setParameter("retryWait", row.retryWait)
                .setParameter("succeeded", row.succeeded)
                .setParameter("failed", row.failed)
                .setParameter("cancelled", row.cancelled)
                .setParameter("outputs", row.outputs)
                .setParameter("done", row.outputsDone)
                .setParameter("reused", row.outputsReused)
                .setParameter("lost", row.outputsFailed)
                .setParameter("spent", row.spentMs)
                .setParameter("newest", row.newestResult)
                .setParameter("why", Text.cutOrNull(row.why, Text.LONG))
                .setParameter("priority", row.priority)
                .setParameter("rank", row.taskRank)
                .setParameter("next", row.goNext)
                .setParameter("generation", row.generation)
                .setParameter("queued", row.queuedAt)
                .setParameter("started", row.startedAt)
                .setParameter("ended", row.endedAt)
                .setParameter("updated", row.updatedAt)
                .setParameter("id", row.id)
                .executeUpdate();
        tx.insertMultiple(timeline);
        timeline.clear();
    }
}

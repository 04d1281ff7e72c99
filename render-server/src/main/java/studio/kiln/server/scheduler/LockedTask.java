package studio.kiln.server.scheduler;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
    private final Writes writes;
    /** Whether changes are kept for {@link #flush}; else each is written at once. */
    private final boolean kept;

    private final Before before;
    private ChunkCounts chunks;

    /** What the row said when it was locked. */
    private record Before(TaskState state, int ready, String pool, int rank, boolean next) {}

    private LockedTask(StatelessSession tx, TaskRow row, Instant now, Writes writes, boolean kept) {
        this.tx = tx;
        this.row = row;
        this.now = now;
        this.writes = writes;
        this.kept = kept;
        this.before = new Before(row.state, row.ready, row.pool, row.taskRank, row.goNext);
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
        return Optional.of(new LockedTask(tx, row, Database.now(tx), new Writes(tx), false));
    }

    /**
     * Locks several rows. What is changed of their chunks and attempts is written by {@link #flush} of any of them, all
     * together.
     *
     * @return those that exist, by id
     */
    static Map<String, LockedTask> lockAll(StatelessSession tx, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        // by id, so that two transactions with the same tasks wait and do not lock each other out
        List<String> sorted = ids.stream().distinct().sorted().toList();
        tx.createMutationQuery("update TaskRow set revision = revision + 1 where id in :ids")
                .setParameterList("ids", sorted)
                .executeUpdate();
        Instant now = Database.now(tx);
        Writes writes = new Writes(tx);
        Map<String, LockedTask> locked = new TreeMap<>();
        tx.createSelectionQuery("from TaskRow where id in :ids", TaskRow.class)
                .setParameterList("ids", sorted)
                .getResultList()
                .forEach(row -> locked.put(row.id, new LockedTask(tx, row, now, writes, true)));
        return locked;
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
        return before.state;
    }

    /** Whether what nodes may get of it is other than it was, but for what was taken. */
    boolean changesChoice() {
        boolean was = before.state.isRunnable();
        boolean is = row.state.isRunnable();
        return was != is
                || (is
                        && (chunks.ready() > before.ready
                                || !row.pool.equals(before.pool)
                                || row.taskRank != before.rank
                                || row.goNext != before.next));
    }

    /** Whether a node may find chunks of it now that were not there before. */
    boolean givesMore() {
        return row.state.isRunnable() && chunks.ready() > 0 && changesChoice();
    }

    /** The pool that it was in when it was locked. */
    String poolBefore() {
        return before.pool;
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
        writes.chunk(chunk, from);
        writeUnlessKept();
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
        writes.attempt(attempt);
        writeUnlessKept();
        note(actor, "attempt", attempt.id, from.name(), attempt.state.name(), why);
        return true;
    }

    /** A new attempt of a chunk of this task. */
    void add(AttemptRow attempt) {
        writes.add(attempt);
        writeUnlessKept();
    }

    /** Says that hot columns of the chunk were changed and not its state. */
    void touched(ChunkRow chunk) {
        writes.chunk(chunk, chunk.state);
        writeUnlessKept();
    }

    /** As {@link #touched(ChunkRow)}. */
    void touched(AttemptRow attempt) {
        writes.attempt(attempt);
        writeUnlessKept();
    }

    private void writeUnlessKept() {
        if (!kept) {
            writes.flush();
        }
    }

    /** Writes what was changed until now of all tasks that were locked together, so that queries see it. */
    void flush() {
        writes.flush();
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
        writes.add(entry);
    }

    /** Writes the hot columns and the timeline; of a task that was locked with others, {@link #flush} does. */
    void save() {
        row.ready = chunks.ready();
        row.leased = chunks.leased();
        row.running = chunks.running();
        row.retryWait = chunks.retryWait();
        row.succeeded = chunks.succeeded();
        row.failed = chunks.failed();
        row.cancelled = chunks.cancelled();
        row.updatedAt = now;
        writes.task(row);
        writeUnlessKept();
    }
}

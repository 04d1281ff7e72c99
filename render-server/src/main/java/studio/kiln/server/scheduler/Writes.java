package studio.kiln.server.scheduler;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.ChunkState;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.Batch;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.TimelineRow;

/**
 * What one transaction has changed of tasks, chunks and attempts and not yet written. It goes to the database together, in
 * one statement for each kind, whatever happened to a row in between.
 */
final class Writes {
    private final StatelessSession tx;
    private final Map<String, MovedChunk> chunks = new LinkedHashMap<>();
    private final Map<String, AttemptRow> attempts = new LinkedHashMap<>();
    private final List<AttemptRow> newAttempts = new ArrayList<>();
    private final Map<String, TaskRow> tasks = new LinkedHashMap<>();
    private final List<TimelineRow> timeline = new ArrayList<>();

    Writes(StatelessSession tx) {
        this.tx = tx;
    }

    /** @param from the state that the database has */
    private record MovedChunk(ChunkRow row, ChunkState from) {}

    /** @param from the state that the row had before this change */
    void chunk(ChunkRow row, ChunkState from) {
        chunks.putIfAbsent(row.id, new MovedChunk(row, from));
    }

    void attempt(AttemptRow row) {
        attempts.put(row.id, row);
    }

    void add(AttemptRow row) {
        newAttempts.add(row);
    }

    void task(TaskRow row) {
        tasks.put(row.id, row);
    }

    void add(TimelineRow row) {
        timeline.add(row);
    }

    /** Writes all of it; what comes later is for the next time. */
    void flush() {
        writeChunks();
        tx.insertMultiple(newAttempts);
        newAttempts.clear();
        writeAttempts();
        writeTasks();
        writeTimeline();
    }

    private void writeChunks() {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (MovedChunk moved : chunks.values()) {
            ChunkRow c = moved.row;
            rows.add(new @Nullable Object[] {
                c.state,
                c.outputsDone,
                c.failures,
                c.lostLeases,
                c.attempt,
                c.node,
                c.leaseUntil,
                c.notBefore,
                c.id,
                moved.from
            });
        }
        boolean each = Batch.run(
                tx,
                "update chunk set state = ?, outputs_done = ?, failures = ?, lost_leases = ?, attempt = ?, node = ?,"
                        + " lease_until = ?, not_before = ? where id = ? and state = ?",
                rows);
        if (!each) {
            throw new IllegalStateException(
                    "A chunk of " + chunks.keySet() + " is not in the state that it had when its task was locked");
        }
        chunks.clear();
    }

    private void writeAttempts() {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (AttemptRow a : attempts.values()) {
            rows.add(new @Nullable Object[] {
                a.state,
                a.failure,
                Text.cutOrNull(a.code, 64),
                Text.cutOrNull(a.message, Text.LONG),
                a.published,
                a.startedAt,
                a.endedAt,
                a.id
            });
        }
        Batch.run(
                tx,
                "update attempt set state = ?, failure = ?, code = ?, message = ?, published = ?, started_at = ?,"
                        + " ended_at = ? where id = ?",
                rows);
        attempts.clear();
    }

    private void writeTasks() {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (TaskRow t : tasks.values()) {
            rows.add(new @Nullable Object[] {
                t.state,
                t.ready,
                t.leased,
                t.running,
                t.retryWait,
                t.succeeded,
                t.failed,
                t.cancelled,
                t.outputs,
                t.outputsDone,
                t.outputsReused,
                t.outputsFailed,
                t.spentMs,
                t.newestResult,
                Text.cutOrNull(t.why, Text.LONG),
                t.priority,
                t.taskRank,
                t.goNext,
                t.generation,
                t.queuedAt,
                t.startedAt,
                t.endedAt,
                t.updatedAt,
                t.id
            });
        }
        Batch.run(
                tx,
                "update task set state = ?, ready = ?, leased = ?, running = ?, retry_wait = ?, succeeded = ?, failed = ?,"
                        + " cancelled = ?, outputs = ?, outputs_done = ?, outputs_reused = ?, outputs_failed = ?,"
                        + " spent_ms = ?, newest_result = ?, why = ?, priority = ?, task_rank = ?, go_next = ?,"
                        + " generation = ?, queued_at = ?, started_at = ?, ended_at = ?, updated_at = ? where id = ?",
                rows);
        tasks.clear();
    }

    private void writeTimeline() {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (TimelineRow row : timeline) {
            Instant at = row.at;
            rows.add(new @Nullable Object[] {
                row.task, at, row.actor, row.subject, row.subjectId, row.stateFrom, row.stateTo, row.why
            });
        }
        Batch.run(
                tx,
                "insert into timeline (task, at, actor, subject, subject_id, state_from, state_to, why)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?)",
                rows);
        timeline.clear();
    }
}

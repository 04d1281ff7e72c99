package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobState;
import studio.kiln.server.queue.JobQueue;

/** Small questions about render attempts, and their leases. */
final class Attempts {
    private static final List<TaskState> STOPPING =
            List.of(TaskState.CANCEL_REQUESTED, TaskState.CANCELLED, TaskState.FAILED, TaskState.SUCCEEDED);

    private final Database database;
    private final JobQueue queue;
    private final Duration lease;
    private final Cache<String, String> tasks =
            Caffeine.newBuilder().expireAfterAccess(Duration.ofMinutes(10)).build();

    Attempts(Database database, JobQueue queue, Duration lease) {
        this.database = database;
        this.queue = queue;
        this.lease = lease;
    }

    /**
     * Renews the lease of an attempt that still holds its chunk and whose task goes on; also one that had ended, as long as
     * the chunk was not taken back.
     */
    boolean renew(String attempt) {
        return database.tx(tx -> tx.createMutationQuery("update ChunkRow c set c.leaseUntil = :until where c.id ="
                                + " (select a.chunk from AttemptRow a where a.id = :attempt) and c.attempt = :attempt"
                                + " and c.state in :active and not exists"
                                + " (select 1 from TaskRow t where t.id = c.task and t.state in :stopping)")
                        .setParameter("until", Database.now(tx).plus(lease))
                        .setParameter("attempt", attempt)
                        .setParameter("active", List.of(ChunkState.LEASED, ChunkState.RUNNING))
                        .setParameter("stopping", STOPPING)
                        .executeUpdate()
                == 1);
    }

    /** The task that an attempt belongs to. */
    Optional<String> task(String attempt) {
        String known = tasks.getIfPresent(attempt);
        if (known != null) {
            return Optional.of(known);
        }
        String task = database.<@Nullable String>read(
                tx -> tx.createSelectionQuery("select task from AttemptRow where id = :id", String.class)
                        .setParameter("id", attempt)
                        .uniqueResult());
        if (task != null) {
            tasks.put(attempt, task);
        }
        return Optional.ofNullable(task);
    }

    /** Lets planning that had to wait for engines go on now. */
    void planAgain() {
        database.run(tx -> tx.createMutationQuery(
                        "update JobRow set notBefore = :now, attempts = 0 where kind = :plan and state = :ready")
                .setParameter("now", Database.now(tx))
                .setParameter("plan", JobKind.PLAN)
                .setParameter("ready", JobState.READY)
                .executeUpdate());
        queue.wake();
    }
}

package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
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
    private static final List<ChunkState> ACTIVE = List.of(ChunkState.LEASED, ChunkState.RUNNING);
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
     * the chunk was not taken back. Says whether it is current. Nothing is written while most of the lease is left, for
     * nodes ask often.
     */
    boolean renew(String attempt) {
        return database.tx(tx -> {
            Instant now = Database.now(tx);
            Instant until = tx.createSelectionQuery(
                            "select c.leaseUntil from AttemptRow a join ChunkRow c on c.id = a.chunk join TaskRow t on"
                                    + " t.id = c.task where a.id = :attempt and c.attempt = :attempt and c.state in"
                                    + " :active and t.state not in :stopping",
                            Instant.class)
                    .setParameter("attempt", attempt)
                    .setParameter("active", ACTIVE)
                    .setParameter("stopping", STOPPING)
                    .uniqueResult();
            if (until == null) {
                return false;
            }
            if (until.isAfter(now.plus(lease.multipliedBy(2).dividedBy(3)))) {
                return true;
            }
            return tx.createMutationQuery("update ChunkRow c set c.leaseUntil = :until where c.id ="
                                    + " (select a.chunk from AttemptRow a where a.id = :attempt)"
                                    + " and c.attempt = :attempt and c.state in :active")
                            .setParameter("until", now.plus(lease))
                            .setParameter("attempt", attempt)
                            .setParameter("active", ACTIVE)
                            .executeUpdate()
                    == 1;
        });
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
                        "update JobRow set state = :ready, notBefore = :now, attempts = 0, endedAt = null"
                                + " where kind = :plan and state in :waiting")
                .setParameter("ready", JobState.READY)
                .setParameter("now", Database.now(tx))
                .setParameter("plan", JobKind.PLAN)
                .setParameter("waiting", List.of(JobState.READY, JobState.DEAD))
                .executeUpdate());
        queue.wake();
    }
}

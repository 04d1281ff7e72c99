package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobState;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.NodeState;
import studio.kiln.server.queue.JobQueue;

/** Small questions about render attempts, and their leases. */
final class Attempts {
    private static final List<ChunkState> ACTIVE = List.of(ChunkState.LEASED, ChunkState.RUNNING);
    private static final List<AttemptState> OPEN =
            List.of(AttemptState.LEASED, AttemptState.RUNNING, AttemptState.PUBLISHING);
    /** An attempt that was given so long ago has reached its node, or never will. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(15);

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
     * the chunk was not taken back. Says whether it is current. Nothing is written while nearly all of the lease is left, for
     * nodes ask often; but more than half of it is left when a node falls silent ({@link NodeRecord#nobodyIsHeard}).
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
            if (until.isAfter(now.plus(lease.multipliedBy(5).dividedBy(6)))) {
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

    /** The node that an attempt was given to, be it of a chunk or of a job; empty when there is none. */
    Optional<String> node(String attempt) {
        return database.read(tx -> {
            String of = tx.createSelectionQuery("select node from AttemptRow where id = :id", String.class)
                    .setParameter("id", attempt)
                    .uniqueResult();
            return of != null ? Optional.of(of) : NodeJobs.node(tx, attempt);
        });
    }

    /** What a node has that is to be stopped: of tasks that end, or everything when the node is disabled. */
    Set<String> stopping(String node) {
        return database.read(tx -> {
            Set<String> found = new HashSet<>(tx.createSelectionQuery(
                            "select a.id from AttemptRow a join TaskRow t on t.id = a.task join NodeRow n on n.id = a.node"
                                    + " where a.node = :node and a.state in :open"
                                    + " and (t.state in :stopping or n.state = :disabled)",
                            String.class)
                    .setParameter("node", node)
                    .setParameter("open", OPEN)
                    .setParameter("stopping", STOPPING)
                    .setParameter("disabled", NodeState.DISABLED)
                    .getResultList());
            NodeRow row = tx.<@Nullable NodeRow>get(NodeRow.class, node);
            if (row != null && row.state == NodeState.DISABLED) {
                found.addAll(NodeJobs.attemptsOf(tx, node));
            }
            return found;
        });
    }

    /**
     * Render attempts that the database believes a node to have and that the node, which was asked a while after they were
     * given to it, does not know: the answer that gave them was lost.
     */
    Set<String> unknown(String node, Collection<String> held) {
        return database.read(tx -> {
            Set<String> found = new HashSet<>(tx.createSelectionQuery(
                            "select id from AttemptRow where node = :node and state in :open and createdAt < :before",
                            String.class)
                    .setParameter("node", node)
                    .setParameter("open", OPEN)
                    .setParameter("before", Database.now(tx).minus(ON_ITS_WAY))
                    .getResultList());
            found.removeAll(held);
            return found;
        });
    }

    /** Whether a file belongs to a model of something that the node has now. */
    boolean needs(String node, String sha256) {
        return database.read(tx -> tx.createSelectionQuery(
                                "select count(*) from ModelFileRow f where f.sha256 = :sha and (f.version in (select"
                                        + " t.version from AttemptRow a join TaskRow t on t.id = a.task where"
                                        + " a.node = :node and a.state in :open) or f.version in (select j.subject"
                                        + " from JobRow j where j.node = :node and j.state = :leased))",
                                Long.class)
                        .setParameter("sha", sha256)
                        .setParameter("node", node)
                        .setParameter("open", OPEN)
                        .setParameter("leased", JobState.LEASED)
                        .getSingleResult()
                > 0);
    }

    /** Says to which task an attempt belongs, which never changes. */
    void remember(String attempt, String task) {
        tasks.put(attempt, task);
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

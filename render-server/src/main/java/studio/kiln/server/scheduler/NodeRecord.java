package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.node.ServerLink.NodeFacts;
import studio.kiln.server.node.ServerLink.Refused;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.NodeBlockRow;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.NodeState;

/**
 * How nodes do. One that keeps failing a task gets no more of it, as long as another can have it; one that fails
 * everything is set aside for a while.
 */
final class NodeRecord {
    /** Failures of a node in one task after which it gets no more of it. */
    static final int BLOCK_AFTER = 3;
    /** Failures in a row, of more than one task, after which a node is set aside. */
    static final int ASIDE_AFTER = 6;
    /** After so long a node that was set aside gets one more chance. */
    static final Duration ASIDE_FOR = Duration.ofMinutes(5);

    /** A process of which nothing was heard for so long has ended, as far as copies of it go. */
    static final Duration ALIVE = Duration.ofSeconds(30);

    /** Codes of {@link Refused}. */
    static final String COPIED = "NODE_COPIED";

    static final String REPLACED = "NODE_REPLACED";

    private static final Logger LOG = LoggerFactory.getLogger(NodeRecord.class);
    /** That a node was heard of is written so often, and more often where leases are short. */
    private static final Duration SEEN_EVERY = Duration.ofSeconds(10);

    private static final Duration GONE_AFTER = Duration.ofMinutes(2);

    private final Database database;
    private final Engines engines;
    private final Duration lease;
    private final Cache<String, Boolean> seen;
    private final Cache<String, String> names =
            Caffeine.newBuilder().expireAfterWrite(Duration.ofMinutes(1)).build();

    /** @param lease how long an attempt may be silent; zero when nothing is forgiven */
    NodeRecord(Database database, Engines engines, Duration lease) {
        this.database = database;
        this.engines = engines;
        this.lease = lease;
        Duration often = lease.dividedBy(6);
        this.seen = Caffeine.newBuilder()
                .expireAfterWrite(often.isZero() || often.compareTo(SEEN_EVERY) > 0 ? SEEN_EVERY : often)
                .build();
    }

    /**
     * A process says that it is the node. Its data folder has one owner on its machine, so another process from the same folder
     * means that the earlier one has ended; but from another folder or machine, while the earlier one is heard of, it is a copy.
     *
     * @return whether this is another process than before
     * @throws Refused when it is a copy; that is noted for people
     */
    boolean arrived(NodeFacts facts) {
        NodeRow row = database.<@Nullable NodeRow>read(tx -> tx.get(NodeRow.class, facts.id()));
        if (row == null || facts.boot().equals(row.boot)) {
            return row == null;
        }
        boolean lives = row.boot != null
                && row.seenAt.isAfter(database.read(Database::now).minus(ALIVE));
        if (row.credential != null && lives && !facts.machine().equals(row.machine)) {
            String why =
                    "A second machine, which calls itself '" + facts.name() + "', speaks with the data folder of node '"
                            + row.name
                            + "'. Delete the folder 'node' in the copied data folder and let that machine join with a"
                            + " token of its own (kiln nodes enrol).";
            LOG.warn("{}", why);
            database.run(tx -> tx.createMutationQuery("update NodeRow set clash = :why, clashAt = :now where id = :id")
                    .setParameter("why", Text.cut(why, 1000))
                    .setParameter("now", Database.now(tx))
                    .setParameter("id", row.id)
                    .executeUpdate());
            throw new Refused(COPIED, why);
        }
        return true;
    }

    /** @throws Refused when another process speaks as the node by now, or none does */
    void requireProcess(String node, String boot) {
        NodeRow row = database.<@Nullable NodeRow>read(tx -> tx.get(NodeRow.class, node));
        if (row == null || !boot.equals(row.boot)) {
            throw new Refused(
                    REPLACED,
                    "Another process has registered as this node since this one did; if there is a copy of its data folder,"
                            + " end one of the two.");
        }
    }

    /** The process of a node ends. */
    void left(String node, String boot) {
        database.run(tx -> tx.createMutationQuery(
                        "update NodeRow set boot = null, seenAt = :then where id = :id and boot = :boot")
                .setParameter("then", Database.now(tx).minus(GONE_AFTER))
                .setParameter("id", node)
                .setParameter("boot", boot)
                .executeUpdate());
        seen.invalidate(node);
    }

    /** Notes how busy the machine is. */
    void load(String node, int percent) {
        database.run(tx -> tx.createMutationQuery(
                        "update NodeRow set loadPercent = :load where id = :id and loadPercent <> :load")
                .setParameter("load", Math.clamp(percent, 0, 100))
                .setParameter("id", node)
                .executeUpdate());
    }

    /**
     * Whether no node at all was heard of for half a lease, by this server or another: then it is likelier that none reaches a
     * server than that all have died, and nobody could take what is taken back. Said before the first of their leases ends.
     */
    boolean nobodyIsHeard() {
        return !lease.isZero()
                && database.read(tx ->
                        tx.createSelectionQuery("select count(*) from NodeRow where seenAt > :since", Long.class)
                                        .setParameter("since", Database.now(tx).minus(lease.dividedBy(2)))
                                        .getSingleResult()
                                == 0);
    }

    /** Notes that a node was heard of; written at most every 10 s, or six times in a lease. */
    void seen(String node) {
        if (seen.asMap().putIfAbsent(node, true) == null) {
            database.run(tx -> tx.createMutationQuery("update NodeRow set seenAt = :now where id = :id")
                    .setParameter("now", Database.now(tx))
                    .setParameter("id", node)
                    .executeUpdate());
        }
    }

    String name(StatelessSession tx, String node) {
        return names.get(node, id -> {
            NodeRow row = tx.<@Nullable NodeRow>get(NodeRow.class, id);
            return row == null ? id : row.name;
        });
    }

    void succeeded(StatelessSession tx, String task, String node) {
        tx.createMutationQuery("update NodeRow set failures = 0 where id = :id and failures > 0")
                .setParameter("id", node)
                .executeUpdate();
        tx.createMutationQuery(
                        "update NodeBlockRow set failures = 0 where task = :task and node = :node and failures > 0")
                .setParameter("task", task)
                .setParameter("node", node)
                .executeUpdate();
    }

    void failed(LockedTask task, String node, String message) {
        block(task, node, message);
        setAside(task, node, message);
    }

    private void block(LockedTask task, String node, String message) {
        StatelessSession tx = task.tx();
        NodeBlockRow row = tx.createSelectionQuery(
                        "from NodeBlockRow where task = :task and node = :node", NodeBlockRow.class)
                .setParameter("task", task.row().id)
                .setParameter("node", node)
                .uniqueResult();
        boolean fresh = row == null;
        if (row == null) {
            row = new NodeBlockRow();
            row.task = task.row().id;
            row.node = node;
        }
        row.failures++;
        row.updatedAt = task.now();
        if (!row.blocked && row.failures >= BLOCK_AFTER && othersCan(tx, task, node)) {
            row.blocked = true;
            task.note(
                    "scheduler",
                    "task",
                    task.row().id,
                    task.state().name(),
                    task.state().name(),
                    name(tx, node) + " gets no more of this task after " + row.failures + " failures: " + message);
        }
        if (fresh) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
    }

    private boolean othersCan(StatelessSession tx, LockedTask task, String node) {
        Set<String> able = engines.nodesOf(task.row().pool);
        Instant since = task.now().minus(GONE_AFTER);
        return able.stream().filter(other -> !other.equals(node)).anyMatch(other -> {
            NodeRow row = tx.<@Nullable NodeRow>get(NodeRow.class, other);
            return row != null && row.state == NodeState.ACTIVE && !row.setAside && row.seenAt.isAfter(since);
        });
    }

    private static void setAside(LockedTask task, String node, String message) {
        StatelessSession tx = task.tx();
        tx.createMutationQuery("update NodeRow set failures = failures + 1 where id = :id")
                .setParameter("id", node)
                .executeUpdate();
        NodeRow row = tx.get(NodeRow.class, node);
        if (row.setAside || row.failures < ASIDE_AFTER) {
            return;
        }
        List<String> tasks = tx.createSelectionQuery(
                        "select task from AttemptRow where node = :node and failure in :kinds order by createdAt desc",
                        String.class)
                .setParameter("node", node)
                .setParameter("kinds", List.of(FailureKind.TRANSIENT, FailureKind.RESOURCE))
                .setMaxResults(ASIDE_AFTER)
                .getResultList();
        if (tasks.stream().distinct().count() > 1) {
            LOG.warn("Node {} failed {} times in a row and is set aside: {}", row.name, row.failures, message);
            tx.createMutationQuery("update NodeRow set setAside = true, why = :why, seenAt = :now where id = :id")
                    .setParameter("why", Text.cut(row.failures + " failures in a row, the last: " + message, 1000))
                    .setParameter("now", task.now())
                    .setParameter("id", node)
                    .executeUpdate();
        }
    }

    /** Gives nodes that were set aside long enough one more chance. */
    int forgive(StatelessSession tx) {
        Instant before = Database.now(tx).minus(ASIDE_FOR);
        // The last failure is the newest attempt of the node that ended.
        List<String> due = tx.createSelectionQuery(
                        "select id from NodeRow n where n.setAside = true and not exists"
                                + " (select 1 from AttemptRow a where a.node = n.id and a.endedAt > :before)",
                        String.class)
                .setParameter("before", before)
                .getResultList();
        due.forEach(id -> tx.createMutationQuery(
                        "update NodeRow set setAside = false, why = null, failures = :failures where id = :id")
                .setParameter("failures", ASIDE_AFTER - 1)
                .setParameter("id", id)
                .executeUpdate());
        return due.size();
    }
}

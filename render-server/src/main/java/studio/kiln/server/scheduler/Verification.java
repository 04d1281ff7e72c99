package studio.kiln.server.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskVerification.Held;
import studio.kiln.core.api.TaskVerification.Kept;
import studio.kiln.core.task.ChunkState;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.NodeRow;

/**
 * Compares one task in the database, in the cache and on the nodes, and mends what differs: counters are counted anew, what
 * no node has goes to another, what nobody wants is stopped, and what is stale in the cache is replaced.
 */
final class Verification {
    /** An attempt that was given so long ago has reached its node: when the node does not name it, it is lost. */
    private static final Duration ARRIVED = Heartbeats.FRESH.plusSeconds(10);

    private static final List<ChunkState> ACTIVE =
            Arrays.stream(ChunkState.values()).filter(ChunkState::isActive).toList();

    private final Database database;
    private final Views views;
    private final StatusCache cache;
    private final Reconciler reconciler;
    private final Reports reports;
    private final Heartbeats heartbeats;
    private final Consumer<Set<String>> stop;

    /** @param stop tells nodes that are near to stop attempts; others hear of it when they renew their leases */
    Verification(
            Database database,
            Views views,
            StatusCache cache,
            Reconciler reconciler,
            Reports reports,
            Heartbeats heartbeats,
            Consumer<Set<String>> stop) {
        this.database = database;
        this.views = views;
        this.cache = cache;
        this.reconciler = reconciler;
        this.reports = reports;
        this.heartbeats = heartbeats;
        this.stop = stop;
    }

    /** @param old whether its node must have heard of it */
    private record Active(String attempt, String chunkId, int chunk, String node, boolean old) {}

    TaskVerification verify(String name) {
        TaskStatus before = views.freshStatus(name);
        String id = before.id();
        long number = database.read(tx -> Tasks.get(tx, id).number);
        List<String> mended = new ArrayList<>();
        Optional<TaskStatus> cached = compareCache(id, mended);
        List<Held> attempts = compareNodes(id, mended);
        if (reconciler.check(id)) {
            mended.add(
                    "The task's counters in the database did not agree with its chunks and outputs, and were counted anew.");
        }
        return new TaskVerification(
                id,
                number,
                kept(views.freshStatus(id)),
                cached.map(Verification::kept).orElse(null),
                attempts,
                mended);
    }

    private static Kept kept(TaskStatus status) {
        return new Kept(status.state(), status.revision(), status.outputs());
    }

    /** Gives what was in the cache. */
    private Optional<TaskStatus> compareCache(String id, List<String> mended) {
        Optional<TaskStatus> cached = cache.get(id);
        TaskStatus fresh = views.freshStatus(id);
        if (cached.isEmpty() || agree(cached.get(), fresh)) {
            return cached;
        }
        // It may have changed between the two looks; what is wrong stays so.
        cached = cache.get(id);
        fresh = views.freshStatus(id);
        if (cached.isPresent() && !agree(cached.get(), fresh)) {
            cache.forget(id);
            cache.put(fresh);
            mended.add("The cache said " + said(cached.get()) + " where the database says " + said(fresh)
                    + "; it was replaced.");
        }
        return cached;
    }

    private static boolean agree(TaskStatus cached, TaskStatus fresh) {
        return cached.revision() <= fresh.revision()
                && kept(fresh, cached.revision()).equals(kept(cached));
    }

    private static Kept kept(TaskStatus status, long revision) {
        return new Kept(status.state(), revision, status.outputs());
    }

    private static String said(TaskStatus status) {
        return "'" + status.status() + "' with " + status.outputs().done() + " of "
                + status.outputs().total() + " pictures (revision " + status.revision() + ")";
    }

    private List<Held> compareNodes(String id, List<String> mended) {
        List<Held> seen = new ArrayList<>();
        Map<String, Heartbeats.Beat> beats = heartbeats.all();
        Names names = new Names(database);
        List<Active> active = database.read(tx -> active(tx, id));
        Set<String> current = new HashSet<>();
        for (Active attempt : active) {
            current.add(attempt.attempt);
            Heartbeats.Beat beat = beats.get(attempt.node);
            Boolean held = beat == null ? null : beat.held().contains(attempt.attempt);
            seen.add(new Held(
                    attempt.attempt,
                    attempt.chunk,
                    names.of(attempt.node),
                    true,
                    held,
                    beat == null ? null : beat.at()));
            if (Boolean.FALSE.equals(held)
                    && attempt.old
                    && reports.takeBack(
                            attempt.chunkId,
                            attempt.attempt,
                            "The node says that it does not have it",
                            Integer.MAX_VALUE)) {
                mended.add("Chunk " + attempt.chunk + " was with node " + names.of(attempt.node)
                        + ", which says that it does not have it; it goes to whichever node asks next.");
            }
        }
        Set<String> surplus = new HashSet<>();
        beats.forEach((node, beat) -> {
            for (String held : beat.held()) {
                Integer chunk = current.contains(held) ? null : database.read(tx -> chunkOf(tx, id, held));
                if (chunk != null) {
                    surplus.add(held);
                    seen.add(new Held(held, chunk, names.of(node), false, true, beat.at()));
                    mended.add("Node " + names.of(node) + " still has an attempt of chunk " + chunk
                            + " that is not current any more; it is told to stop it.");
                }
            }
        });
        if (!surplus.isEmpty()) {
            stop.accept(surplus);
        }
        return seen;
    }

    private static List<Active> active(StatelessSession tx, String task) {
        List<ChunkRow> chunks = tx.createSelectionQuery(
                        "from ChunkRow where task = :task and state in :active order by ordinal", ChunkRow.class)
                .setParameter("task", task)
                .setParameter("active", ACTIVE)
                .getResultList();
        List<Active> found = new ArrayList<>();
        for (ChunkRow chunk : chunks) {
            if (chunk.attempt == null) {
                continue;
            }
            AttemptRow attempt = tx.get(AttemptRow.class, chunk.attempt);
            boolean old = attempt.createdAt.isBefore(Database.now(tx).minus(ARRIVED));
            found.add(new Active(attempt.id, chunk.id, chunk.ordinal, attempt.node, old));
        }
        return found;
    }

    /** Ordinal of the chunk of an attempt, when it is one of the task's and its chunk is another's or nobody's by now. */
    private static @Nullable Integer chunkOf(StatelessSession tx, String task, String attempt) {
        AttemptRow row = tx.<@Nullable AttemptRow>get(AttemptRow.class, attempt);
        if (row == null || !row.task.equals(task)) {
            return null;
        }
        ChunkRow chunk = tx.get(ChunkRow.class, row.chunk);
        // Its last message may be on its way.
        boolean over =
                row.endedAt == null || row.endedAt.isBefore(Database.now(tx).minus(ARRIVED));
        return over && !attempt.equals(chunk.attempt) ? chunk.ordinal : null;
    }

    /** Names of nodes, each looked up once. */
    private static final class Names {
        private final Database database;
        private final Map<String, String> known = new java.util.HashMap<>();

        Names(Database database) {
            this.database = database;
        }

        String of(String node) {
            return known.computeIfAbsent(
                    node,
                    id -> database.read(tx -> {
                        NodeRow row = tx.<@Nullable NodeRow>get(NodeRow.class, id);
                        return row == null ? id : row.name;
                    }));
        }
    }
}

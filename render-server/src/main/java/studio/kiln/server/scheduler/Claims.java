package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Device;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.ChunkTrigger;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.NodeState;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.VariantRow;

/**
 * Hands chunks to nodes. A candidate is read without locks, along indexes whose use does not depend on how much waits; then
 * its task is locked and the chunk claimed by a guarded update. A candidate that was lost to another node is passed over. So
 * is one whose row another transaction has at this moment, where the database can tell; it is waited for when there is no
 * other.
 */
final class Claims {
    /** So many candidate tasks of an owner are looked at; what a node may not have is passed over among them. */
    static final int CANDIDATES = 32;

    private static final int MOST_LOST = 20;
    /** So many that others have at this moment are passed over before one of them is waited for. */
    private static final int MOST_BUSY = 8;

    private static final List<TaskState> RUNNABLE = List.of(TaskState.RUNNING, TaskState.QUEUED);

    private final Database database;
    private final Engines engines;
    private final Notices notices;
    private final Duration lease;

    Claims(Database database, Engines engines, Notices notices, Duration lease) {
        this.database = database;
        this.engines = engines;
        this.notices = notices;
        this.lease = lease;
    }

    /** A task that may give a chunk. */
    private record Candidate(String id, String owner, String pool, int rank, long seq) {
        static final Comparator<Candidate> ORDER =
                Comparator.comparingInt(Candidate::rank).reversed().thenComparingLong(Candidate::seq);
    }

    /** Up to {@code slots} chunks for a node; empty when there is nothing that it may have. */
    List<Assignment> claim(String nodeId, int slots) {
        List<Assignment> given = new ArrayList<>();
        Set<String> lost = new HashSet<>();
        Set<String> busy = new HashSet<>();
        while (given.size() < slots && lost.size() < MOST_LOST) {
            Set<String> passed = new HashSet<>(lost);
            passed.addAll(busy);
            Optional<Choice> choice = database.read(tx -> choose(tx, nodeId, passed));
            boolean wait = choice.isEmpty() && !busy.isEmpty() || busy.size() >= MOST_BUSY;
            if (wait) {
                choice = database.read(tx -> choose(tx, nodeId, lost));
            }
            if (choice.isEmpty()) {
                break;
            }
            // As long as several owners have work, slots go to one after the other, so that each gets its share.
            int most = choice.get().alone ? slots - given.size() : 1;
            Taken taken = take(nodeId, choice.get().candidate, most, wait);
            given.addAll(taken.assignments);
            if (taken.busy) {
                busy.add(choice.get().candidate.id);
            } else if (taken.assignments.isEmpty()) {
                lost.add(choice.get().candidate.id);
            }
        }
        return given;
    }

    // ------------------------------------------------------------------------------------------------------- choice

    /** @param alone whether no other owner has work for this node */
    private record Choice(Candidate candidate, boolean alone) {}

    private Optional<Choice> choose(StatelessSession tx, String nodeId, Set<String> lost) {
        NodeRow node = tx.<@Nullable NodeRow>get(NodeRow.class, nodeId);
        Set<String> pools = engines.poolsOf(nodeId);
        if (node == null || node.setAside || node.state != NodeState.ACTIVE || pools.isEmpty()) {
            return Optional.empty();
        }
        Optional<Candidate> next = flagged(tx, pools).stream()
                .filter(candidate -> !lost.contains(candidate.id))
                .filter(candidate -> !isBlocked(tx, candidate.id, nodeId))
                .findFirst();
        if (next.isPresent()) {
            return next.map(candidate -> new Choice(candidate, true));
        }
        Map<String, Long> active = activeByOwner(tx);
        Map<String, List<Candidate>> byOwner = new HashMap<>();
        for (String owner : ownersWithWork(tx, pools)) {
            byOwner.put(owner, candidates(tx, pools, owner));
        }
        Comparator<Map.Entry<String, Candidate>> fairest =
                Comparator.comparingLong(entry -> active.getOrDefault(entry.getKey(), 0L));
        return byOwner.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream()
                        .filter(candidate -> !lost.contains(candidate.id))
                        .filter(candidate -> !isBlocked(tx, candidate.id, nodeId))
                        .findFirst()
                        .map(candidate -> Map.entry(entry.getKey(), candidate))
                        .stream())
                .min(fairest.thenComparing(Map.Entry::getValue, Candidate.ORDER))
                .map(entry -> new Choice(entry.getValue(), byOwner.size() == 1));
    }

    private static List<Candidate> flagged(StatelessSession tx, Set<String> pools) {
        List<Candidate> found = new ArrayList<>();
        for (String pool : pools) {
            for (TaskState state : RUNNABLE) {
                found.addAll(tx.createSelectionQuery(
                                "select id, owner, pool, taskRank, seq from TaskRow where goNext = true and pool = :pool"
                                        + " and state = :state and ready > 0"
                                        + " order by goNext, pool, state, taskRank desc, seq",
                                Candidate.class)
                        .setParameter("pool", pool)
                        .setParameter("state", state)
                        .setMaxResults(CANDIDATES)
                        .getResultList());
            }
        }
        found.sort(Candidate.ORDER);
        return found;
    }

    // Jumps along the index from owner to owner: the cost grows with the owners, not with what they have waiting.
    private static Set<String> ownersWithWork(StatelessSession tx, Set<String> pools) {
        Set<String> owners = new LinkedHashSet<>();
        for (String pool : pools) {
            for (TaskState state : RUNNABLE) {
                String last = "";
                for (; ; ) {
                    Optional<String> next = tx.createSelectionQuery(
                                    "select owner from TaskRow where pool = :pool and state = :state and owner > :last"
                                            + " order by pool, state, owner",
                                    String.class)
                            .setParameter("pool", pool)
                            .setParameter("state", state)
                            .setParameter("last", last)
                            .setMaxResults(1)
                            .uniqueResultOptional();
                    if (next.isEmpty()) {
                        break;
                    }
                    last = next.get();
                    owners.add(last);
                }
            }
        }
        return owners;
    }

    private static List<Candidate> candidates(StatelessSession tx, Set<String> pools, String owner) {
        List<Candidate> found = new ArrayList<>();
        for (String pool : pools) {
            for (TaskState state : RUNNABLE) {
                found.addAll(tx.createSelectionQuery(
                                "select id, owner, pool, taskRank, seq from TaskRow where pool = :pool and state = :state"
                                        + " and owner = :owner and ready > 0"
                                        + " order by pool, state, owner, taskRank desc, seq",
                                Candidate.class)
                        .setParameter("pool", pool)
                        .setParameter("state", state)
                        .setParameter("owner", owner)
                        .setMaxResults(CANDIDATES)
                        .getResultList());
            }
        }
        found.sort(Candidate.ORDER);
        return found.subList(0, Math.min(CANDIDATES, found.size()));
    }

    // Tasks with active chunks are as many as slots at most, whatever waits.
    private static Map<String, Long> activeByOwner(StatelessSession tx) {
        Map<String, Long> active = new HashMap<>();
        // Summed up here: grouping would make the database sort.
        tx.createSelectionQuery("select owner, leased + running from TaskRow where state in :states", Object[].class)
                .setParameter(
                        "states", List.of(TaskState.RUNNING, TaskState.PAUSE_REQUESTED, TaskState.CANCEL_REQUESTED))
                .getResultList()
                .forEach(row -> active.merge((String) row[0], ((Number) row[1]).longValue(), Long::sum));
        return active;
    }

    private static boolean isBlocked(StatelessSession tx, String task, String node) {
        Boolean blocked = tx.createSelectionQuery(
                        "select blocked from NodeBlockRow where task = :task and node = :node", Boolean.class)
                .setParameter("task", task)
                .setParameter("node", node)
                .uniqueResult();
        return Boolean.TRUE.equals(blocked);
    }

    // -------------------------------------------------------------------------------------------------------- claim

    /** @param wait whether to wait for the task when another transaction has it */
    private Taken take(String nodeId, Candidate candidate, int most, boolean wait) {
        Optional<Engines.Engine> engine = engines.serving(nodeId, candidate.pool);
        if (engine.isEmpty()) {
            return Taken.NOTHING;
        }
        Taken taken = database.tx(tx -> wait || database.lockIfFree(tx, "task", candidate.id)
                ? take(tx, nodeId, candidate, engine.get(), most)
                : Taken.BUSY);
        if (taken.task != null) {
            notices.committed(taken.task);
        }
        return taken;
    }

    /**
     * What came of taking from a task.
     *
     * @param task null when nothing was taken
     * @param busy whether another transaction had the task
     */
    private record Taken(@Nullable LockedTask task, List<Assignment> assignments, boolean busy) {
        static final Taken NOTHING = new Taken(null, List.of(), false);
        static final Taken BUSY = new Taken(null, List.of(), true);
    }

    private Taken take(StatelessSession tx, String nodeId, Candidate candidate, Engines.Engine engine, int most) {
        LockedTask task = LockedTask.lock(tx, candidate.id).orElse(null);
        if (task == null || !task.state().isRunnable() || !task.row().pool.equals(candidate.pool)) {
            return Taken.NOTHING;
        }
        List<ChunkRow> chunks = nextChunks(tx, candidate.id, most);
        if (chunks.isEmpty()) {
            return Taken.NOTHING;
        }
        String given = "Given to " + tx.get(NodeRow.class, nodeId).name;
        Manifest manifest = manifest(tx, task.row().version);
        Inspection.Scene seen = seen(tx, task.row());
        double seconds = Estimates.of(tx, task.row().measure).median();
        List<Assignment> assignments = new ArrayList<>();
        for (ChunkRow chunk : chunks) {
            AttemptRow attempt = attempt(task, chunk, nodeId, engine.id());
            chunk.attempt = attempt.id;
            chunk.node = nodeId;
            chunk.leaseUntil = task.now().plus(lease);
            if (task.move(chunk, ChunkTrigger.LEASE, "scheduler", given)) {
                tx.insert(attempt);
                task.note("scheduler", "attempt", attempt.id, null, attempt.state.name(), given);
                assignments.add(assignment(tx, task.row(), chunk, attempt, engine, manifest, seen, seconds));
            }
        }
        task.settle("scheduler", given);
        notices.save(task);
        return new Taken(task, assignments, false);
    }

    private static List<ChunkRow> nextChunks(StatelessSession tx, String task, int most) {
        return tx.createSelectionQuery(
                        "from ChunkRow where task = :task and state = :ready order by task, state, ordinal",
                        ChunkRow.class)
                .setParameter("task", task)
                .setParameter("ready", ChunkState.READY)
                .setMaxResults(most)
                .getResultList();
    }

    private static AttemptRow attempt(LockedTask task, ChunkRow chunk, String node, String engine) {
        Instant now = task.now();
        AttemptRow attempt = new AttemptRow();
        attempt.id = Ids.next();
        attempt.chunk = chunk.id;
        attempt.task = chunk.task;
        attempt.node = node;
        attempt.engine = engine;
        attempt.state = AttemptState.LEASED;
        attempt.generation = task.row().generation;
        attempt.createdAt = now;
        return attempt;
    }

    private Assignment assignment(
            StatelessSession tx,
            TaskRow task,
            ChunkRow chunk,
            AttemptRow attempt,
            Engines.Engine engine,
            Manifest manifest,
            Inspection.@Nullable Scene seen,
            double seconds) {
        List<OutputKey> missing = tx
                .createSelectionQuery(
                        "from OutputRow where chunk = :chunk and result is null order by chunk, ordinal",
                        OutputRow.class)
                .setParameter("chunk", chunk.id)
                .getResultList()
                .stream()
                .map(PlanWriter::key)
                .toList();
        VariantRow variant = tx.createSelectionQuery(
                        "from VariantRow where task = :task and ordinal = :ordinal", VariantRow.class)
                .setParameter("task", task.id)
                .setParameter("ordinal", chunk.variant)
                .getSingleResult();
        RenderSettings settings = Planner.with(Json.settings(task.settings), Json.overrides(variant.overrides));
        return new Assignment.Render(
                attempt.id,
                engine.id(),
                lease,
                manifest,
                task.owner,
                task.id,
                task.number,
                task.scene,
                seen,
                task.trusted,
                pinned(settings, task.device),
                missing,
                seconds);
    }

    // "auto" was decided at planning; from then on it is that class of device and no other.
    private static RenderSettings pinned(RenderSettings s, @Nullable String device) {
        return new RenderSettings(
                s.engine(),
                s.samples(),
                s.noiseThreshold(),
                s.width(),
                s.height(),
                s.percent(),
                s.format(),
                s.camera(),
                s.denoise(),
                s.seed(),
                device == null || device.equals("cpu") ? Device.CPU : Device.GPU,
                s.viewLayers(),
                s.overrides());
    }

    private static Inspection.@Nullable Scene seen(StatelessSession tx, TaskRow task) {
        Inspection inspection = Json.inspection(tx.get(ModelVersionRow.class, task.version).inspection);
        return inspection == null ? null : inspection.scene(task.scene).orElse(null);
    }

    static Manifest manifest(StatelessSession tx, String versionId) {
        ModelVersionRow version = tx.get(ModelVersionRow.class, versionId);
        List<ManifestFile> files = tx
                .createSelectionQuery("from ModelFileRow where version = :version order by path", ModelFileRow.class)
                .setParameter("version", versionId)
                .getResultList()
                .stream()
                .map(row -> new ManifestFile(row.path, new Sha256(row.sha256), row.size))
                .toList();
        return new Manifest(version.root, files);
    }
}

package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.ChunkTrigger;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.NodeState;
import studio.kiln.server.scheduler.Backlog.Candidate;

/**
 * Hands chunks to nodes. What may be given is chosen without locks from the {@link Backlog}; then the tasks are locked and
 * the chunks claimed, all in one transaction. A task that turns out to have nothing is passed over. So is one whose row
 * another transaction has at this moment, where the database can tell; it is waited for when there is no other.
 */
final class Claims {
    private static final int MOST_TOGETHER = 16;
    private static final int MOST_LOST = 20;
    /** So often are tasks that others have at this moment passed over before they are waited for. */
    private static final int MOST_BUSY = 4;

    private final Database database;
    private final Engines engines;
    private final Notices notices;
    private final Duration lease;
    private final Backlog backlog;
    private final NodeRecord nodes;
    private final Orders orders = new Orders();
    private final Together<Request> together = new Together<>(MOST_TOGETHER, this::serve);

    Claims(Database database, Engines engines, Notices notices, Backlog backlog, NodeRecord nodes, Duration lease) {
        this.database = database;
        this.engines = engines;
        this.notices = notices;
        this.backlog = backlog;
        this.nodes = nodes;
        this.lease = lease;
    }

    /** What a node asks for, and what it was given. */
    private static final class Request {
        final String node;
        final int slots;
        final List<Assignment> given = new ArrayList<>();
        final Set<String> passed = new HashSet<>();
        boolean over;

        Request(String node, int slots) {
            this.node = node;
            this.slots = slots;
        }

        int open() {
            return over ? 0 : slots - given.size();
        }
    }

    /** So many chunks of a task are promised to the node of a request. */
    private record Promise(Request request, Candidate candidate, int chunks) {}

    /** Up to {@code slots} chunks for a node; empty when there is nothing that it may have. */
    List<Assignment> claim(String nodeId, int slots) {
        Request request = new Request(nodeId, slots);
        together.run(request);
        return request.given;
    }

    /** Serves nodes that ask at the same time, the first one first. */
    private void serve(List<Request> requests) {
        int busy = 0;
        boolean fresh = false;
        for (int lost = 0; lost < MOST_LOST; ) {
            List<Promise> promises = database.read(tx -> choose(tx, requests));
            boolean wait = busy >= MOST_BUSY;
            if (promises.isEmpty() && busy > 0 && !wait) {
                requests.forEach(request -> request.passed.clear());
                busy = MOST_BUSY;
                continue;
            }
            if (promises.isEmpty()) {
                List<Request> inVain = requests.stream()
                        .filter(request -> !request.over && request.given.isEmpty())
                        .toList();
                if (fresh || inVain.isEmpty()) {
                    return;
                }
                // What was read may be old, and others may have made work since.
                fresh = true;
                inVain.forEach(request -> engines.poolsOf(request.node).forEach(backlog::changed));
                continue;
            }
            Taken taken = takeOrRegret(promises, wait);
            busy += taken.busy.isEmpty() ? 0 : 1;
            lost += taken.empty.isEmpty() ? 0 : 1;
            for (Promise promise : promises) {
                if (taken.busy.contains(promise.candidate.id) || taken.empty.contains(promise.candidate.id)) {
                    promise.request.passed.add(promise.candidate.id);
                }
            }
            if (requests.stream().allMatch(request -> request.open() == 0)) {
                return;
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------- choice

    /** From which tasks the nodes get how many chunks; these are promised to them. */
    private List<Promise> choose(StatelessSession tx, List<Request> requests) {
        Map<String, Long> active = activeByOwner(tx);
        List<Promise> promises = new ArrayList<>();
        for (Request request : requests) {
            if (request.open() > 0) {
                choose(tx, request, active).forEach((candidate, chunks) -> {
                    promises.add(new Promise(request, candidate, chunks));
                    active.merge(candidate.owner, (long) chunks, Long::sum);
                });
            }
        }
        return promises;
    }

    private Map<Candidate, Integer> choose(StatelessSession tx, Request request, Map<String, Long> active) {
        NodeRow node = tx.<@Nullable NodeRow>get(NodeRow.class, request.node);
        Set<String> pools = engines.poolsOf(request.node);
        if (node == null || node.setAside || node.state != NodeState.ACTIVE || pools.isEmpty()) {
            request.over = true;
            return Map.of();
        }
        // Nobody is promised what another was, and what each sees is what the one before has left.
        synchronized (backlog) {
            Backlog.View view = backlog.of(tx, pools);
            Set<String> not = new HashSet<>(request.passed);
            Set<String> looked = new HashSet<>();
            while (true) {
                Map<Candidate, Integer> chosen = share(view, active, request.open(), not);
                List<String> unknown = chosen.keySet().stream()
                        .map(candidate -> candidate.id)
                        .filter(looked::add)
                        .toList();
                if (!unknown.isEmpty()) {
                    not.addAll(blocked(tx, unknown, request.node));
                }
                if (chosen.keySet().stream().noneMatch(candidate -> not.contains(candidate.id))) {
                    chosen.forEach(Candidate::promise);
                    return chosen;
                }
            }
        }
    }

    /**
     * Slots go one after the other to the owner who has the fewest, so that each gets its share; what was flagged to be next
     * goes before.
     */
    private static Map<Candidate, Integer> share(
            Backlog.View view, Map<String, Long> active, int most, Set<String> not) {
        Map<Candidate, Integer> chosen = new LinkedHashMap<>();
        int left = most;
        for (Candidate candidate : view.flagged()) {
            int chunks = not.contains(candidate.id) ? 0 : Math.min(left, candidate.left());
            if (chunks > 0) {
                chosen.put(candidate, chunks);
                left -= chunks;
            }
        }
        PriorityQueue<Owner> owners = new PriorityQueue<>(Owner.FAIREST);
        view.byOwner().forEach((name, tasks) -> {
            Owner owner = new Owner(active.getOrDefault(name, 0L), tasks, not, chosen);
            if (owner.hasMore()) {
                owners.add(owner);
            }
        });
        for (; left > 0 && !owners.isEmpty(); left--) {
            Owner owner = owners.remove();
            owner.giveOne();
            if (owner.hasMore()) {
                owners.add(owner);
            }
        }
        return chosen;
    }

    /** What an owner has to give to one claim. */
    private static final class Owner {
        static final Comparator<Owner> FAIREST =
                Comparator.comparingLong((Owner o) -> o.active).thenComparing(Owner::first, Candidate.ORDER);

        private final List<Candidate> tasks;
        private final Set<String> not;
        private final Map<Candidate, Integer> chosen;
        private long active;
        private int at;

        Owner(long active, List<Candidate> tasks, Set<String> not, Map<Candidate, Integer> chosen) {
            this.active = active;
            this.tasks = tasks;
            this.not = not;
            this.chosen = chosen;
        }

        boolean hasMore() {
            while (at < tasks.size() && (not.contains(first().id) || left(first()) <= 0)) {
                at++;
            }
            return at < tasks.size();
        }

        private int left(Candidate candidate) {
            return candidate.left() - chosen.getOrDefault(candidate, 0);
        }

        private Candidate first() {
            return tasks.get(at);
        }

        void giveOne() {
            chosen.merge(first(), 1, Integer::sum);
            active++;
        }
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

    private static List<String> blocked(StatelessSession tx, List<String> tasks, String node) {
        return tx.createSelectionQuery(
                        "select task from NodeBlockRow where task in :tasks and node = :node and blocked = true",
                        String.class)
                .setParameterList("tasks", tasks)
                .setParameter("node", node)
                .getResultList();
    }

    // -------------------------------------------------------------------------------------------------------- claim

    /**
     * What came of taking from tasks.
     *
     * @param given the orders, in the order of the requests' chunks
     * @param busy those that another transaction had
     * @param empty those that had nothing to give
     */
    private record Taken(
            List<LockedTask> changed, Map<Request, List<Assignment>> given, Set<String> busy, Set<String> empty) {}

    private Taken takeOrRegret(List<Promise> promises, boolean wait) {
        try {
            Taken taken = database.tx(tx -> take(tx, promises, wait));
            backlog.nothingIn(promises.stream()
                    .map(Promise::candidate)
                    .filter(candidate -> taken.empty.contains(candidate.id))
                    .toList());
            promises.stream()
                    .filter(promise -> taken.busy.contains(promise.candidate.id))
                    .forEach(promise -> backlog.regret(promise.candidate, promise.chunks));
            taken.given.forEach((request, orders) -> request.given.addAll(orders));
            notices.committed(taken.changed);
            return taken;
        } catch (RuntimeException e) {
            promises.forEach(promise -> backlog.regret(promise.candidate, promise.chunks));
            throw e;
        }
    }

    /** @param wait whether to wait for tasks that other transactions have */
    private Taken take(StatelessSession tx, List<Promise> promises, boolean wait) {
        // The backlog may have read a task anew between two promises, so its object says nothing.
        Map<String, List<Promise>> wanted = promises.stream()
                .collect(Collectors.groupingBy(
                        promise -> promise.candidate.id, LinkedHashMap::new, Collectors.toList()));
        List<String> ids = wanted.keySet().stream().sorted().toList();
        Set<String> free = wait ? Set.copyOf(ids) : database.lockIfFree(tx, "task", ids);
        Map<String, LockedTask> locked = LockedTask.lockAll(tx, free);
        Set<String> busy = new HashSet<>();
        Set<String> empty = new HashSet<>();
        Map<ChunkRow, LockedTask> leased = new LinkedHashMap<>();
        List<AttemptRow> attempts = new ArrayList<>();
        List<Request> receivers = new ArrayList<>();
        wanted.forEach((id, its) -> {
            LockedTask task = locked.get(id);
            if (!free.contains(id)) {
                busy.add(id);
                return;
            }
            boolean runs = task != null
                    && task.state().isRunnable()
                    && its.stream().allMatch(promise -> task.row().pool.equals(promise.candidate.pool));
            int most = its.stream().mapToInt(Promise::chunks).sum();
            List<ChunkRow> chunks = task != null && runs ? nextChunks(tx, id, most) : List.of();
            if (task == null || chunks.isEmpty()) {
                empty.add(id);
                return;
            }
            Iterator<ChunkRow> next = chunks.iterator();
            for (Promise promise : its) {
                for (int i = 0; i < promise.chunks && next.hasNext(); i++) {
                    ChunkRow chunk = next.next();
                    lease(tx, promise, task, chunk).ifPresent(attempt -> {
                        leased.put(chunk, task);
                        attempts.add(attempt);
                        receivers.add(promise.request);
                    });
                }
            }
        });
        Map<Request, List<Assignment>> given = new HashMap<>();
        List<Assignment> written = orders.write(tx, leased, attempts, lease);
        for (int i = 0; i < written.size(); i++) {
            given.computeIfAbsent(receivers.get(i), request -> new ArrayList<>())
                    .add(written.get(i));
        }
        List<LockedTask> changed = leased.values().stream().distinct().toList();
        notices.save(tx, changed, List.of());
        return new Taken(changed, given, busy, empty);
    }

    private Optional<AttemptRow> lease(StatelessSession tx, Promise promise, LockedTask task, ChunkRow chunk) {
        String node = promise.request.node;
        Optional<Engines.Engine> engine = engines.serving(node, promise.candidate.pool);
        if (engine.isEmpty()) {
            return Optional.empty();
        }
        String given = "Given to " + nodes.name(tx, node);
        AttemptRow attempt = attempt(task, chunk, node, engine.get().id());
        chunk.attempt = attempt.id;
        chunk.node = node;
        chunk.leaseUntil = task.now().plus(lease);
        if (!task.move(chunk, ChunkTrigger.LEASE, "scheduler", given)) {
            return Optional.empty();
        }
        task.add(attempt);
        task.note("scheduler", "attempt", attempt.id, null, attempt.state.name(), given);
        task.settle("scheduler", given);
        return Optional.of(attempt);
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
}

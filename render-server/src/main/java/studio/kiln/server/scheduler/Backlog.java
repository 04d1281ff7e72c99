package studio.kiln.server.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hibernate.StatelessSession;
import studio.kiln.core.task.TaskState;

/**
 * The tasks that have chunks to give, by pool and owner: of each owner the first ones. What this server changes is seen at
 * once, what others change after a second at most; a task is locked and looked at anyway before a chunk of it is given. Safe
 * for any number of threads.
 */
final class Backlog {
    /** So many candidate tasks of an owner are looked at; what a node may not have is passed over among them. */
    static final int CANDIDATES = 32;

    static final List<TaskState> RUNNABLE = List.of(TaskState.RUNNING, TaskState.QUEUED);

    private static final Duration KEPT = Duration.ofSeconds(1);
    private static final int PAGE = 256;

    private final Map<String, Pool> pools = new HashMap<>();

    /** A task that may give a chunk, with the number of chunks that wait and are not promised to a claim. */
    static final class Candidate {
        static final Comparator<Candidate> ORDER =
                Comparator.comparingInt((Candidate c) -> c.rank).reversed().thenComparingLong(c -> c.seq);

        final String id;
        final String owner;
        final String pool;
        final int rank;
        final long seq;
        private int left;

        Candidate(String id, String owner, String pool, int rank, long seq, int ready) {
            this.id = id;
            this.owner = owner;
            this.pool = pool;
            this.rank = rank;
            this.seq = seq;
            this.left = ready;
        }

        int left() {
            return left;
        }

        /** Promises chunks to a claim. */
        void promise(int chunks) {
            left -= chunks;
        }

        /** Nothing is to be had of it, whatever was read. */
        void empty() {
            left = 0;
        }
    }

    /** @param flagged those that go before all others */
    private record Pool(List<Candidate> flagged, Map<String, List<Candidate>> byOwner, long readAt) {
        boolean isOld() {
            return System.nanoTime() - readAt > KEPT.toNanos();
        }
    }

    /** What some pools have together. The candidates are the backlog's own: hold its monitor while you use them. */
    record View(List<Candidate> flagged, Map<String, List<Candidate>> byOwner) {}

    /** Forgets what it has read of a pool, since that was changed; call it after the commit. */
    synchronized void changed(String pool) {
        pools.remove(pool);
    }

    /** Forgets everything. */
    synchronized void changed() {
        pools.clear();
    }

    /** What there is for a node that serves these pools, the first ones first; reads what is old. */
    synchronized View of(StatelessSession tx, Collection<String> served) {
        List<Candidate> flagged = new ArrayList<>();
        Map<String, List<Candidate>> byOwner = new HashMap<>();
        for (String name : served) {
            Pool pool = pools.get(name);
            if (pool == null || pool.isOld()) {
                pool = read(tx, name);
                pools.put(name, pool);
            }
            flagged.addAll(pool.flagged);
            pool.byOwner.forEach((owner, tasks) ->
                    byOwner.computeIfAbsent(owner, key -> new ArrayList<>()).addAll(tasks));
        }
        flagged.sort(Candidate.ORDER);
        byOwner.values().forEach(tasks -> tasks.sort(Candidate.ORDER));
        return new View(flagged, byOwner);
    }

    private static Pool read(StatelessSession tx, String pool) {
        long now = System.nanoTime();
        Map<String, Candidate> flagged = new LinkedHashMap<>();
        Map<String, List<Candidate>> byOwner = new TreeMap<>();
        for (TaskState state : RUNNABLE) {
            for (Candidate candidate : flagged(tx, pool, state)) {
                flagged.put(candidate.id, candidate);
            }
            read(tx, pool, state, byOwner);
        }
        // One object for each task, so that what is promised of it counts wherever it stands.
        byOwner.values().forEach(tasks -> tasks.replaceAll(task -> flagged.getOrDefault(task.id, task)));
        return new Pool(List.copyOf(flagged.values()), byOwner, now);
    }

    private static List<Candidate> flagged(StatelessSession tx, String pool, TaskState state) {
        return tx.createSelectionQuery(
                        "select id, owner, pool, taskRank, seq, ready from TaskRow where goNext = true and pool = :pool"
                                + " and state = :state and ready > 0"
                                + " order by goNext, pool, state, taskRank desc, seq",
                        Candidate.class)
                .setParameter("pool", pool)
                .setParameter("state", state)
                .setMaxResults(CANDIDATES)
                .getResultList();
    }

    // Goes along the index by pages. What an owner has beyond the first ones is jumped over, so the cost grows with the
    // owners and not with what each has waiting.
    private static void read(StatelessSession tx, String pool, TaskState state, Map<String, List<Candidate>> byOwner) {
        String after = "";
        while (true) {
            List<Candidate> page = tx.createSelectionQuery(
                            "select id, owner, pool, taskRank, seq, ready from TaskRow where pool = :pool and state = :state"
                                    + " and owner > :after and ready > 0"
                                    + " order by pool, state, owner, taskRank desc, seq",
                            Candidate.class)
                    .setParameter("pool", pool)
                    .setParameter("state", state)
                    .setParameter("after", after)
                    .setMaxResults(PAGE)
                    .getResultList();
            Map<String, List<Candidate>> found = new LinkedHashMap<>();
            for (Candidate candidate : page) {
                List<Candidate> own = found.computeIfAbsent(candidate.owner, key -> new ArrayList<>());
                if (own.size() < CANDIDATES) {
                    own.add(candidate);
                }
            }
            boolean end = page.size() < PAGE;
            if (!end && found.getOrDefault(page.getLast().owner, List.of()).size() < CANDIDATES) {
                // The next page has all of its first ones; another owner is before it, for a page holds more than
                // those.
                found.remove(page.getLast().owner);
            }
            for (Map.Entry<String, List<Candidate>> owner : found.entrySet()) {
                byOwner.computeIfAbsent(owner.getKey(), key -> new ArrayList<>())
                        .addAll(owner.getValue());
                after = owner.getKey();
            }
            if (end) {
                return;
            }
        }
    }

    /** Takes a promise back. */
    synchronized void regret(Candidate candidate, int chunks) {
        candidate.left += chunks;
    }

    /** Says that a task had nothing to give when it was locked. */
    synchronized void nothingIn(Collection<Candidate> candidates) {
        candidates.forEach(Candidate::empty);
    }
}

package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.TaskState;
import studio.kiln.core.task.TaskTrigger;
import studio.kiln.server.ops.RecurringFailure;
import studio.kiln.server.persistence.Database;

/** What happens by itself as time passes: leases end, retries fall due, tasks age, what was waited for is there. */
final class Sweeps implements AutoCloseable {
    /** So many lost leases give a chunk up. */
    static final int MOST_LOST = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Sweeps.class);
    private static final int BATCH = 200;
    private static final List<ChunkState> ACTIVE = List.of(ChunkState.LEASED, ChunkState.RUNNING);
    /** One more point of rank for each of these that a task waits. */
    static final Duration AGEING = Duration.ofMinutes(10);

    static final int MOST_AGEING = 20;

    private final Database database;
    private final Engines engines;
    private final Reports reports;
    private final NodeJobs jobs;
    private final NodeRecord nodes;
    private final Notices notices;
    private final Quiet quiet;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-sweeps").factory());

    Sweeps(
            Database database,
            Engines engines,
            Reports reports,
            NodeJobs jobs,
            NodeRecord nodes,
            Notices notices,
            Duration grace) {
        this.database = database;
        this.engines = engines;
        this.reports = reports;
        this.jobs = jobs;
        this.nodes = nodes;
        this.notices = notices;
        this.quiet = new Quiet(grace, System::nanoTime);
    }

    void start() {
        every(Duration.ofMillis(500), "Retries could not be looked for", this::retries);
        every(Duration.ofSeconds(1), "Leases could not be looked after", this::leases);
        every(Duration.ofSeconds(2), "Dependencies could not be looked after", this::dependencies);
        every(Duration.ofSeconds(2), "Engines could not be read", engines::refresh);
        every(Duration.ofSeconds(2), "Jobs of nodes could not be looked after", jobs::refuseImpossible);
        every(Duration.ofSeconds(30), "Tasks could not be aged", this::ageing);
        every(Duration.ofSeconds(30), "Nodes that were set aside could not be looked after", this::forgive);
    }

    private void every(Duration pause, String what, Runnable sweep) {
        RecurringFailure failure = new RecurringFailure(LOG, what);
        timer.scheduleWithFixedDelay(
                () -> {
                    try {
                        sweep.run();
                        failure.worked();
                    } catch (RuntimeException e) {
                        if (!timer.isShutdown()) {
                            failure.failed(e);
                        }
                    }
                },
                pause.toMillis(),
                pause.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /**
     * Takes back chunks and jobs whose lease has ended; nothing while the server is new or has just got its database back,
     * or no node at all is heard of, for nodes may not have reached it.
     */
    int leases() {
        try {
            // Again and again as long as it lasts: the time runs from its end.
            if (nodes.nobodyIsHeard()) {
                quiet.begin();
            }
            if (quiet.isNow()) {
                return 0;
            }
            Instant now = database.read(Database::now);
            int taken = 0;
            for (ChunkState state : ACTIVE) {
                for (String chunk : expired(state, now)) {
                    taken += reports.takeBack(chunk, "Its lease ended without a word from the node", MOST_LOST, now)
                            ? 1
                            : 0;
                }
            }
            return taken + jobs.takeBack(now, null);
        } catch (RuntimeException e) {
            quiet.begin();
            throw e;
        }
    }

    private List<String> expired(ChunkState state, Instant now) {
        return database.read(tx -> tx.createSelectionQuery(
                        "select id from ChunkRow where state = :state and leaseUntil < :now order by state, leaseUntil",
                        String.class)
                .setParameter("state", state)
                .setParameter("now", now)
                .setMaxResults(BATCH)
                .getResultList());
    }

    /**
     * Takes back everything that a node held whose process is known to have ended.
     *
     * @param except attempts whose results are still to come
     */
    int nodeIsGone(String node, Collection<String> except) {
        List<Object[]> held = database.read(tx -> tx.createSelectionQuery(
                        "select a.id, a.chunk from AttemptRow a where a.node = :node and a.state in :open",
                        Object[].class)
                .setParameter("node", node)
                .setParameter("open", OPEN)
                .getResultList());
        int taken = 0;
        for (Object[] attempt : held) {
            if (!except.contains((String) attempt[0])) {
                taken += reports.takeBack((String) attempt[1], "The node's process had ended", Integer.MAX_VALUE, null)
                        ? 1
                        : 0;
            }
        }
        return taken + jobs.takeBack(null, node);
    }

    private static final List<AttemptState> OPEN =
            List.of(AttemptState.LEASED, AttemptState.RUNNING, AttemptState.PUBLISHING);

    /** Makes chunks ready whose pause is over. */
    int retries() {
        List<String> due = database.read(tx -> tx.createSelectionQuery(
                        "select id from ChunkRow where state = :state and notBefore <= :now order by state, notBefore",
                        String.class)
                .setParameter("state", ChunkState.RETRY_WAIT)
                .setParameter("now", Database.now(tx))
                .setMaxResults(BATCH)
                .getResultList());
        due.forEach(reports::due);
        return due.size();
    }

    /** Lets tasks go whose dependencies have all succeeded. */
    int dependencies() {
        List<String> free = database.read(tx -> tx.createSelectionQuery(
                        "select t.id from TaskRow t where t.state = :waiting and not exists (select 1 from"
                                + " TaskDependencyRow d join TaskRow o on o.id = d.afterTask where d.task = t.id and"
                                + " o.state <> :succeeded) order by t.seq",
                        String.class)
                .setParameter("waiting", TaskState.WAITING)
                .setParameter("succeeded", TaskState.SUCCEEDED)
                .setMaxResults(BATCH)
                .getResultList());
        for (String id : free) {
            LockedTask task = database.<@Nullable LockedTask>tx(tx -> release(tx, id));
            if (task != null) {
                notices.committed(task);
            }
        }
        return free.size();
    }

    private @Nullable LockedTask release(StatelessSession tx, String id) {
        LockedTask task = LockedTask.lock(tx, id).orElse(null);
        String why = "What it waited for has succeeded";
        if (task == null || !task.trigger(TaskTrigger.RELEASE, "scheduler", why)) {
            return null;
        }
        task.settle("scheduler", why);
        notices.save(task);
        return task;
    }

    /** Raises the rank of tasks that have waited long, so that a stream of more important ones does not starve them. */
    int ageing() {
        int changed = 0;
        for (int bonus = MOST_AGEING; bonus >= 1; bonus--) {
            int points = bonus;
            changed += database.tx(tx -> tx.createMutationQuery(
                            "update TaskRow set taskRank = priority + :points where state = :queued"
                                    + " and queuedAt <= :since and taskRank < priority + :points")
                    .setParameter("points", points)
                    .setParameter("queued", TaskState.QUEUED)
                    .setParameter("since", Database.now(tx).minus(AGEING.multipliedBy(points)))
                    .executeUpdate());
        }
        if (changed > 0) {
            notices.ranksChanged();
        }
        return changed;
    }

    private void forgive() {
        if (database.tx(nodes::forgive) > 0) {
            notices.workIsThere();
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        try {
            timer.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

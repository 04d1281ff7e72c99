package studio.kiln.server.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

/** The queue of offline mode: rows of the database, done by this process, which is the only one that owns them. */
public final class EmbeddedQueue implements JobQueue {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedQueue.class);
    /** So often is a job tried before it is dead. */
    public static final int MOST_ATTEMPTS = 8;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final Duration LEASE = Duration.ofMinutes(10);
    private static final List<JobKind> HERE =
            Arrays.stream(JobKind.values()).filter(kind -> !kind.onNode()).toList();

    private final Database database;
    private final Signal signal = new Signal();
    private final Map<JobKind, Handler> handlers = new EnumMap<>(JobKind.class);
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("kiln-queue").factory());
    private final Map<String, CompletableFuture<Boolean>> underWay = new ConcurrentHashMap<>();
    private Runnable nodeWork = () -> {};
    private volatile boolean open = true;

    public EmbeddedQueue(Database database) {
        this.database = database;
    }

    @Override
    public void put(StatelessSession tx, Job job) {
        JobRow known = tx.get(JobRow.class, job.id());
        if (known != null) {
            return;
        }
        Instant now = Database.now(tx);
        JobRow row = new JobRow();
        row.id = job.id();
        row.kind = job.kind();
        row.subject = job.subject();
        row.owner = job.owner();
        row.state = JobState.READY;
        row.notBefore = now;
        row.createdAt = now;
        tx.insert(row);
    }

    @Override
    public void wake() {
        signal.raise();
        nodeWork.run();
    }

    @Override
    public void handle(JobKind kind, Handler handler) {
        if (kind.onNode()) {
            throw new IllegalArgumentException("Jobs of the kind " + kind + " are done by nodes");
        }
        handlers.put(kind, handler);
    }

    @Override
    public void onNodeWork(Runnable listener) {
        nodeWork = listener;
    }

    /** Jobs that an earlier process of this data folder had begun are ready again: that process is gone. */
    @Override
    public void start() {
        database.run(tx -> tx.createMutationQuery("update JobRow set state = :ready, leaseUntil = null, attempt = null"
                        + " where state = :leased and kind in :kinds")
                .setParameter("ready", JobState.READY)
                .setParameter("leased", JobState.LEASED)
                .setParameter("kinds", HERE)
                .executeUpdate());
        worker.execute(this::work);
    }

    private void work() {
        while (open) {
            long seen = signal.version();
            try {
                Optional<String> due = database.read(EmbeddedQueue::nextDue);
                if (due.isPresent()) {
                    runNow(due.get());
                } else {
                    signal.await(seen, Duration.ofSeconds(1));
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!open) {
                    return;
                }
                LOG.warn("The queue could not look for jobs; it tries again", e);
                pause();
            }
        }
    }

    private static Optional<String> nextDue(StatelessSession tx) {
        return tx.createSelectionQuery(
                        "select id from JobRow where state = :ready and kind in :kinds and notBefore <= :now"
                                + " order by notBefore, createdAt",
                        String.class)
                .setParameter("ready", JobState.READY)
                .setParameter("kinds", HERE)
                .setParameter("now", Database.now(tx))
                .setMaxResults(1)
                .uniqueResultOptional();
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean runNow(String id) {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> other = underWay.putIfAbsent(id, mine);
        if (other != null) {
            other.join();
            return false;
        }
        try {
            return run(id);
        } finally {
            underWay.remove(id);
            mine.complete(true);
        }
    }

    private boolean run(String id) {
        JobRow row = database.<@Nullable JobRow>tx(tx -> lease(tx, id));
        if (row == null) {
            return false;
        }
        Handler handler = handlers.get(row.kind);
        try {
            if (handler == null) {
                throw new IllegalStateException("Nobody does jobs of the kind " + row.kind);
            }
            handler.run(new Job(row.id, row.kind, row.subject, row.owner));
            database.run(tx -> end(tx, row, JobState.DONE, null));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            later(row, e);
            return false;
        } catch (Exception e) {
            later(row, e);
            return false;
        }
    }

    private static @Nullable JobRow lease(StatelessSession tx, String id) {
        Instant now = Database.now(tx);
        String attempt = Ids.next();
        int rows = tx.createMutationQuery(
                        "update JobRow set state = :leased, attempt = :attempt, attempts = attempts + 1,"
                                + " leaseUntil = :until where id = :id and state = :ready and kind in :kinds")
                .setParameter("leased", JobState.LEASED)
                .setParameter("attempt", attempt)
                .setParameter("until", now.plus(LEASE))
                .setParameter("id", id)
                .setParameter("ready", JobState.READY)
                .setParameter("kinds", HERE)
                .executeUpdate();
        return rows == 1 ? tx.get(JobRow.class, id) : null;
    }

    private void later(JobRow row, Exception failure) {
        boolean dead = row.attempts >= MOST_ATTEMPTS;
        LOG.warn("Job {} failed for the {}. time{}", row.id, row.attempts, dead ? " and is given up" : "", failure);
        try {
            database.run(tx -> end(tx, row, dead ? JobState.DEAD : JobState.READY, failure.toString()));
        } catch (RuntimeException e) {
            LOG.error("What became of job {} could not be kept", row.id, e);
        }
    }

    private static void end(StatelessSession tx, JobRow row, JobState state, @Nullable String message) {
        Instant now = Database.now(tx);
        tx.createMutationQuery(
                        "update JobRow set state = :state, leaseUntil = null, message = :message, notBefore = :due,"
                                + " endedAt = :ended where id = :id and attempt = :attempt")
                .setParameter("state", state)
                .setParameter("message", cut(message))
                .setParameter("due", state == JobState.READY ? now.plus(pauseAfter(row.attempts)) : now)
                .setParameter("ended", state == JobState.READY ? null : now)
                .setParameter("id", row.id)
                .setParameter("attempt", row.attempt)
                .executeUpdate();
    }

    private static Duration pauseAfter(int attempts) {
        long millis = Math.min(FIRST_PAUSE.toMillis() << Math.min(attempts - 1, 20), LONGEST_PAUSE.toMillis());
        return Duration.ofMillis(millis + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    private static @Nullable String cut(@Nullable String message) {
        return message == null || message.length() <= 4000 ? message : message.substring(0, 4000);
    }

    @Override
    public boolean replay(String id) {
        boolean found = database.tx(tx -> tx.createMutationQuery(
                                "update JobRow set state = :ready, attempts = 0, notBefore = :now, endedAt = null"
                                        + " where id = :id and state = :dead")
                        .setParameter("ready", JobState.READY)
                        .setParameter("now", Database.now(tx))
                        .setParameter("id", id)
                        .setParameter("dead", JobState.DEAD)
                        .executeUpdate()
                == 1);
        wake();
        return found;
    }

    /** Waits for the job under way. */
    @Override
    public void close() {
        open = false;
        signal.raise();
        worker.close();
    }
}

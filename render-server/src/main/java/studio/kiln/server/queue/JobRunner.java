package studio.kiln.server.queue;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

/** Does jobs by their id: at most once at a time, on whichever thread and server asks first. Safe for any number of threads. */
final class JobRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);
    private static final Duration LEASE = Duration.ofMinutes(1);

    private final JobTable table;
    private final Map<JobKind, JobQueue.Handler> handlers = new EnumMap<>(JobKind.class);
    private final Map<String, CompletableFuture<Outcome>> underWay = new ConcurrentHashMap<>();
    private final Set<String> attempts = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-job-leases").factory());

    JobRunner(JobTable table) {
        this.table = table;
    }

    /** What became of a job that was asked for. */
    enum Outcome {
        DONE,
        /** It failed and is tried again later. */
        AGAIN,
        DEAD,
        /** It was not ready, or somebody else does it. */
        LEFT
    }

    void handle(JobKind kind, JobQueue.Handler handler) {
        if (kind.onNode()) {
            throw new IllegalArgumentException("Jobs of the kind " + kind + " are done by nodes");
        }
        handlers.put(kind, handler);
    }

    /** Begins to renew leases of what is done here, and to take back those of servers that are gone. */
    void start(Runnable tookBack) {
        long third = LEASE.toMillis() / 3;
        timer.scheduleWithFixedDelay(() -> keep(tookBack), third, third, TimeUnit.MILLISECONDS);
    }

    private void keep(Runnable tookBack) {
        try {
            List<String> mine = List.copyOf(attempts);
            if (!mine.isEmpty()) {
                table.renew(mine, LEASE);
            }
            int lost = table.takeBack(false);
            if (lost > 0) {
                LOG.warn("{} jobs are ready again, as the server that had begun them is gone", lost);
                tookBack.run();
            }
        } catch (RuntimeException e) {
            LOG.warn("The leases of jobs could not be looked after; it is tried again: {}", e.toString());
        }
    }

    /**
     * Does a job on this thread, if it is ready; when another thread of this process does it, waits for that one's end.
     *
     * @throws RuntimeException when the database does not answer; then nothing was done
     */
    Outcome run(String id) {
        CompletableFuture<Outcome> mine = new CompletableFuture<>();
        CompletableFuture<Outcome> other = underWay.putIfAbsent(id, mine);
        if (other != null) {
            other.join();
            return Outcome.LEFT;
        }
        try {
            JobRow row = table.lease(id, LEASE);
            return row == null ? Outcome.LEFT : run(row);
        } finally {
            underWay.remove(id);
            mine.complete(Outcome.LEFT);
        }
    }

    private Outcome run(JobRow row) {
        String attempt = String.valueOf(row.attempt);
        attempts.add(attempt);
        try {
            JobQueue.Handler handler = handlers.get(row.kind);
            if (handler == null) {
                throw new IllegalStateException("Nobody does jobs of the kind " + row.kind);
            }
            handler.run(new Job(row.id, row.kind, row.subject, row.owner));
            table.end(row, JobState.DONE, null);
            return Outcome.DONE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return later(row, e);
        } catch (Exception e) {
            return later(row, e);
        } finally {
            attempts.remove(attempt);
        }
    }

    private Outcome later(JobRow row, Exception failure) {
        boolean dead = row.attempts >= JobTable.MOST_ATTEMPTS;
        LOG.warn("Job {} failed for the {}. time{}", row.id, row.attempts, dead ? " and is given up" : "", failure);
        try {
            table.end(row, dead ? JobState.DEAD : JobState.READY, failure.toString());
        } catch (RuntimeException e) {
            LOG.error("What became of job {} could not be kept; its lease will end", row.id, e);
        }
        return dead ? Outcome.DEAD : Outcome.AGAIN;
    }

    /** Waits for the jobs under way. */
    @Override
    public void close() {
        List.copyOf(underWay.values()).forEach(CompletableFuture::join);
        timer.shutdownNow();
    }
}

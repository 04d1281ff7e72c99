package studio.kiln.server.queue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.Page;
import studio.kiln.server.ops.RecurringFailure;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.JobKind;

/**
 * The queue of offline mode: rows of the database, done by this process. Servers that share a database without a broker may
 * use it too: each looks for jobs by itself every second, and hints stay in their own server.
 */
public final class EmbeddedQueue implements JobQueue {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedQueue.class);

    private final RecurringFailure failure = new RecurringFailure(LOG, "The queue could not look for jobs");
    private final boolean alone;
    private final JobTable table;
    private final JobRunner runner;
    private final Signal signal = new Signal();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("kiln-queue").factory());
    private Runnable nodeWork = () -> {};
    private volatile boolean open = true;

    /** The queue of the only server of a database. */
    public EmbeddedQueue(Database database) {
        this(database, true);
    }

    /** @param alone whether no other server uses the database */
    public EmbeddedQueue(Database database, boolean alone) {
        this.alone = alone;
        this.table = new JobTable(database);
        this.runner = new JobRunner(table);
    }

    @Override
    public void put(StatelessSession tx, Job job) {
        table.put(tx, job);
    }

    @Override
    public void wake() {
        signal.raise();
        nodeWork.run();
    }

    @Override
    public void hint(String pool) {
        nodeWork.run();
    }

    @Override
    public void handle(JobKind kind, Handler handler) {
        runner.handle(kind, handler);
    }

    @Override
    public void onNodeWork(Runnable listener) {
        nodeWork = listener;
    }

    /** Jobs that an earlier process of this data folder had begun are ready again, for that process is gone. */
    @Override
    public void start() {
        table.takeBack(alone);
        runner.start(signal::raise);
        worker.execute(this::work);
    }

    private void work() {
        while (open) {
            long seen = signal.version();
            try {
                Optional<String> due = table.due();
                failure.worked();
                if (due.isPresent()) {
                    runner.run(due.get());
                } else {
                    signal.await(seen, Duration.ofSeconds(1));
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!open) {
                    return;
                }
                failure.failed(e);
                pause();
            }
        }
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
        return runner.run(id) == JobRunner.Outcome.DONE;
    }

    @Override
    public Page<JobView> dead(@Nullable String cursor, int limit) {
        return table.dead(cursor, limit);
    }

    @Override
    public boolean replay(String id) {
        boolean found = table.replay(id);
        wake();
        return found;
    }

    @Override
    public Optional<String> problem() {
        return Optional.empty();
    }

    /** Waits for the job under way. */
    @Override
    public void close() {
        open = false;
        signal.raise();
        worker.close();
        runner.close();
    }
}

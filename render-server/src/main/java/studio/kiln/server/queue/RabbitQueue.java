package studio.kiln.server.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * The queue of studio mode. A job is a row of the database, written in the transaction of its cause; RabbitMQ carries its
 * id to the servers, and hints between them. A message that comes twice, late or never changes nothing but the time: a job
 * is done by whoever takes its row, and one whose message was lost is sent again. While the broker is away jobs wait in the
 * database; the connection comes back by itself.
 */
public final class RabbitQueue implements JobQueue {
    private static final Logger LOG = LoggerFactory.getLogger(RabbitQueue.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /**
     * So often does a broker that is there keep silent about a queue before the queue is made anew. It loses nothing, for
     * the jobs are in the database. A broker that was killed just after it made a quorum queue cannot use it any more.
     */
    private static final int STUCK = 2;

    private final Broker broker;
    private final JobTable table;
    private final JobRunner runner;
    private final Hints hints = new Hints();
    private final Signal signal = new Signal();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("kiln-queue").factory());
    // Never ended: the library has things to say after a connection is closed, and threads end by themselves.
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private Runnable nodeWork = () -> {};
    private volatile Optional<String> problem = Optional.empty();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile boolean open = true;

    public RabbitQueue(Database database, Broker broker) {
        this.broker = broker;
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
        // Jobs for interactive sessions of nodes belong to no pool.
        hint("");
    }

    @Override
    public void hint(String pool) {
        nodeWork.run();
        hints.add(pool);
        signal.raise();
    }

    @Override
    public void handle(JobKind kind, Handler handler) {
        runner.handle(kind, handler);
    }

    @Override
    public void onNodeWork(Runnable listener) {
        nodeWork = listener;
    }

    @Override
    public void start() {
        runner.start(signal::raise);
        worker.execute(this::work);
    }

    private void work() {
        try {
            connectAndServe();
        } catch (InterruptedException e) {
            LOG.debug("The queue was interrupted", e);
        }
    }

    private void connectAndServe() throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        String stuck = null;
        int times = 0;
        while (open) {
            String remake = times >= STUCK ? stuck : null;
            if (remake != null) {
                LOG.warn("The broker at {} cannot use its queue {}, which is made anew", broker, remake);
            }
            try (BrokerLink link = BrokerLink.open(broker, workers, runner, nodeWork, signal, remake)) {
                LOG.info("Connected to the broker at {}", broker);
                problem = Optional.empty();
                pause = FIRST_PAUSE;
                times = 0;
                serve(link);
            } catch (IOException | TimeoutException | RuntimeException e) {
                if (e instanceof BrokerLink.StuckQueue found) {
                    times = found.queue().equals(stuck) ? times + 1 : 1;
                    stuck = found.queue();
                }
                String said = sentence(e);
                if (open && !problem.equals(Optional.of(said))) {
                    LOG.warn("{}", said);
                }
                problem = Optional.of(said);
            }
            if (closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
        }
    }

    /** Sends what is to be sent until the connection ends, which it says by an exception. */
    private void serve(BrokerLink link) throws IOException, InterruptedException {
        Outbox outbox = new Outbox(table, link, broker.lostAfter());
        RecurringFailure unread = new RecurringFailure(LOG, "The outbox of jobs could not be read");
        while (open) {
            long seen = signal.version();
            link.check();
            for (String pool : hints.take()) {
                link.hint(pool);
            }
            boolean more = false;
            try {
                more = outbox.send();
                unread.worked();
            } catch (RuntimeException e) {
                unread.failed(e);
            }
            if (!more) {
                signal.await(seen, LOOK);
            }
        }
    }

    private String sentence(Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String why = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        return "The broker at " + broker + " does not serve this server (" + why
                + "); jobs wait in the database, and nodes look for work every 2 s. See that it runs, and that address, user"
                + " and password are right.";
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
        return problem;
    }

    /** Waits for the jobs under way. */
    @Override
    public void close() {
        open = false;
        closing.countDown();
        signal.raise();
        worker.close();
        runner.close();
    }
}

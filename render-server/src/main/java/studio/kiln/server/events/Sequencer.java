package studio.kiln.server.events;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.hibernate.StatelessSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.server.ops.RecurringFailure;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.queue.Signal;

/**
 * Gives events consecutive numbers after their commit. Numbers are given by one server at a time, in one transaction with
 * the counter, so that none is given twice and none is left out.
 */
public final class Sequencer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sequencer.class);
    /** So long are events kept for those who come back. */
    public static final Duration KEPT = Duration.ofHours(24);

    private static final int BATCH = 500;
    private static final int ANOTHERS_DUTY = -1;
    /** When many events come, those of so long are numbered together. */
    private static final Duration PACE = Duration.ofMillis(100);

    private static final int MANY = 20;

    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final long SWEEP_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final RecurringFailure failure = new RecurringFailure(LOG, "Events could not be numbered");
    private final Database database;
    private final Duties duties;
    private final EventHub hub;
    private final Signal signal = new Signal();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("kiln-sequencer").factory());
    private volatile boolean recordedHere;
    private volatile boolean open = true;
    private long lastSweep = System.nanoTime() - SWEEP_NANOS;

    public Sequencer(Database database, Duties duties, EventHub hub) {
        this.database = database;
        this.duties = duties;
        this.hub = hub;
    }

    public void start() {
        hub.hear(signal::raise);
        worker.execute(this::work);
    }

    /** Says that a transaction with events was committed. */
    public void wake() {
        recordedHere = true;
        signal.raise();
    }

    private void work() {
        while (open) {
            long seen = signal.version();
            try {
                int numbered = database.tx(this::number);
                failure.worked();
                if (numbered > 0) {
                    hub.numbered();
                } else if (numbered == ANOTHERS_DUTY && recordedHere) {
                    // Only for its own: two that are asked and cannot would ask each other for ever.
                    recordedHere = false;
                    hub.wanted();
                }
                sweep();
                if (numbered < BATCH) {
                    signal.await(seen, IDLE);
                    pause(numbered < MANY ? Duration.ZERO : PACE);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!open) {
                    return;
                }
                failure.failed(e);
                pause(Duration.ofSeconds(1));
            }
        }
    }

    /** How many events got a number, or {@link #ANOTHERS_DUTY}. */
    private int number(StatelessSession tx) {
        List<Long> ids = tx.createSelectionQuery("select id from EventRow where seq is null order by id", Long.class)
                .setMaxResults(BATCH)
                .getResultList();
        if (ids.isEmpty()) {
            return 0;
        }
        if (!duties.hold(tx, "event-numbers")) {
            return ANOTHERS_DUTY;
        }
        tx.createMutationQuery("update CounterRow set last = last + :n where name = 'event'")
                .setParameter("n", ids.size())
                .executeUpdate();
        long seq = tx.createSelectionQuery("select last from CounterRow where name = 'event'", Long.class)
                        .getSingleResult()
                - ids.size();
        // Runs of neighbours, which is nearly always all of them, take one statement each.
        int from = 0;
        while (from < ids.size()) {
            int to = from;
            while (to + 1 < ids.size() && ids.get(to + 1) == ids.get(to) + 1) {
                to++;
            }
            tx.createMutationQuery("update EventRow set seq = id + :offset where id between :first and :last")
                    .setParameter("offset", seq + 1 - ids.get(from))
                    .setParameter("first", ids.get(from))
                    .setParameter("last", ids.get(to))
                    .executeUpdate();
            seq += to - from + 1;
            from = to + 1;
        }
        return ids.size();
    }

    private void sweep() {
        if (System.nanoTime() - lastSweep < SWEEP_NANOS) {
            return;
        }
        lastSweep = System.nanoTime();
        database.run(tx -> {
            Instant before = Database.now(tx).minus(KEPT);
            tx.createMutationQuery("delete EventRow where createdAt < :before and seq is not null")
                    .setParameter("before", before)
                    .executeUpdate();
        });
    }

    private static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        open = false;
        signal.raise();
        worker.close();
    }
}

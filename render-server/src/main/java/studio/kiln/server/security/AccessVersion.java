package studio.kiln.server.security;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.StatelessSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.server.persistence.Database;

/**
 * A number that rises with every change of accounts, credentials, groups and shares. What is remembered about rights is
 * forgotten when it rises: at once on the server where the change was made, within {@link #LOOK} on the others, and when
 * the database does not answer.
 */
public final class AccessVersion implements AutoCloseable {
    /** So often is the number looked at. */
    public static final Duration LOOK = Duration.ofMillis(250);

    private static final Logger LOG = LoggerFactory.getLogger(AccessVersion.class);
    private static final Duration BLIND = Duration.ofSeconds(3);
    private static final String COUNTER = "access";

    private final Database database;
    private final List<Runnable> looking = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-access").factory());
    private final AtomicLong generation = new AtomicLong();
    private volatile long lookedAt = System.nanoTime() - BLIND.toNanos();
    private long known = -1;

    public AccessVersion(Database database) {
        this.database = database;
    }

    public void start() {
        timer.scheduleWithFixedDelay(this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Of what this process knows of the number. Whoever remembers something about rights asks for it before they read, keeps
     * it with what they read, and believes that only as long as it is the same.
     */
    long generation() {
        // whoever has not looked for so long, as with a database that hangs, remembers nothing
        return System.nanoTime() - lookedAt < BLIND.toNanos() ? generation.get() : generation.incrementAndGet();
    }

    /** Calls {@code look} whenever rights may have changed. */
    public void onChange(Runnable look) {
        looking.add(look);
    }

    /**
     * Announces a change that {@code tx} makes. Changes wait for each other here, so that what one has checked (such as
     * that there is another administrator) still holds when it is committed. Call {@link #changed} after the commit.
     */
    void change(StatelessSession tx) {
        Database.nextNumber(tx, COUNTER);
    }

    /** Says that a change was committed by this server. */
    void changed() {
        look();
    }

    private synchronized void look() {
        try {
            long now = database.read(
                    tx -> tx.createSelectionQuery("select last from CounterRow where name = :name", Long.class)
                            .setParameter("name", COUNTER)
                            .getSingleResult());
            lookedAt = System.nanoTime();
            if (now != known) {
                known = now;
                tell();
            }
        } catch (RuntimeException e) {
            known = -1;
            tell();
            LOG.debug("The version of the rights could not be read", e);
        }
    }

    private void tell() {
        generation.incrementAndGet();
        looking.forEach(Runnable::run);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}

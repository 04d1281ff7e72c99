package studio.kiln.server.security;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.LoginFailureRow;

/**
 * Slows down who guesses passwords: by name, whether there is such a person or not, and by address. A try is counted before it
 * is looked at, so that many at once gain nothing.
 *
 * <p>After five tries for a name, each next one waits 1, 2, 4 … s, at most a minute, so that nobody is kept out of their
 * own account for long; after twenty from an address likewise up to a quarter of an hour. An hour without a try forgets.
 */
public final class Throttle {
    private static final int FREE_FOR_NAME = 5;
    private static final int FREE_FOR_ADDRESS = 20;
    private static final Duration MOST_FOR_NAME = Duration.ofMinutes(1);
    private static final Duration MOST_FOR_ADDRESS = Duration.ofMinutes(15);
    private static final Duration MEMORY = Duration.ofHours(1);
    private static final long SWEEP_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Database database;
    private volatile long lastSweep = System.nanoTime();

    public Throttle(Database database) {
        this.database = database;
    }

    /**
     * Counts a try.
     *
     * @throws TooMany when it comes too early
     */
    public void begin(String name, String address) {
        sweep();
        Duration wait = longer(
                count(addressKey(address), FREE_FOR_ADDRESS, MOST_FOR_ADDRESS),
                count(nameKey(name), FREE_FOR_NAME, MOST_FOR_NAME));
        if (!wait.isZero()) {
            throw new TooMany(wait);
        }
    }

    /** The try was right. The address keeps its count: a right guess of one name does not allow more for others. */
    public void succeeded(String name, String address) {
        database.run(tx -> {
            tx.createMutationQuery("update LoginFailureRow set failures = failures - 1"
                            + " where subject = :subject and failures > 0")
                    .setParameter("subject", addressKey(address))
                    .executeUpdate();
            tx.createMutationQuery("delete LoginFailureRow where subject = :subject")
                    .setParameter("subject", nameKey(name))
                    .executeUpdate();
        });
    }

    private Duration count(String subject, int free, Duration most) {
        try {
            return database.tx(tx -> count(tx, subject, free, most));
        } catch (ConstraintViolationException e) {
            // another try was the first one at this very moment
            return database.tx(tx -> count(tx, subject, free, most));
        }
    }

    private static Duration count(StatelessSession tx, String subject, int free, Duration most) {
        Instant now = Database.now(tx);
        LoginFailureRow row =
                tx.<@Nullable LoginFailureRow>get(LoginFailureRow.class, subject, LockMode.PESSIMISTIC_WRITE);
        if (row == null) {
            row = new LoginFailureRow();
            row.subject = subject;
            row.failures = 1;
            row.blockedUntil = now;
            row.updatedAt = now;
            tx.insert(row);
            return Duration.ZERO;
        }
        if (row.blockedUntil.isAfter(now)) {
            return Duration.between(now, row.blockedUntil);
        }
        row.failures = row.updatedAt.isBefore(now.minus(MEMORY)) ? 1 : row.failures + 1;
        row.blockedUntil = now.plus(pause(row.failures - free, most));
        row.updatedAt = now;
        tx.update(row);
        return Duration.ZERO;
    }

    /** @param beyond how many tries beyond the free ones */
    static Duration pause(int beyond, Duration most) {
        if (beyond < 0) {
            return Duration.ZERO;
        }
        Duration pause = Duration.ofSeconds(1L << Math.min(beyond, 20));
        return pause.compareTo(most) < 0 ? pause : most;
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static String nameKey(String name) {
        return "name:" + Sha256.of(name.strip().toLowerCase(Locale.ROOT)).hex();
    }

    private static String addressKey(String address) {
        return "addr:" + Sha256.of(network(address)).hex();
    }

    /** Who has one address of IPv6 usually has all that begin with the same 64 bits, and counts as one. */
    static String network(String address) {
        try {
            // numbers are read, no name server is asked
            return address.contains(":") && InetAddress.getByName(address) instanceof Inet6Address six
                    ? HexFormat.of().formatHex(six.getAddress(), 0, 8)
                    : address;
        } catch (UnknownHostException e) {
            return address;
        }
    }

    private void sweep() {
        if (System.nanoTime() - lastSweep < SWEEP_NANOS) {
            return;
        }
        lastSweep = System.nanoTime();
        database.run(tx -> tx.createMutationQuery("delete LoginFailureRow where updatedAt < :before")
                .setParameter("before", Database.now(tx).minus(MEMORY))
                .executeUpdate());
    }

    /** Says when to come back. */
    public static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final Duration wait;

        TooMany(Duration wait) {
            super("Too many tries", null, false, false);
            this.wait = wait;
        }

        /** Whole seconds, at least 1. */
        public long seconds() {
            return Math.max(1, wait.plusMillis(999).toSeconds());
        }

        public Problem problem() {
            return Problem.of(
                    429,
                    "TOO_MANY_TRIES",
                    "Too many wrong tries",
                    "There were too many wrong tries to sign in; wait " + seconds() + " s and try again.");
        }
    }
}

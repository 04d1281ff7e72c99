package studio.kiln.server.scheduler;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * For how long nothing is taken back from nodes: one lease time after this server started, and after it could not work,
 * because its database was away, no node reached it or it was stopped itself. For one thread.
 */
final class Quiet {
    private final long graceNanos;
    private final long pauseNanos;
    private final LongSupplier nanoTime;
    private long since;
    private long lastLook;

    /**
     * @param grace zero for none
     * @param nanoTime the monotonic clock
     */
    Quiet(Duration grace, LongSupplier nanoTime) {
        this.graceNanos = grace.toNanos();
        // A server that did not get to look for so long was as good as away.
        this.pauseNanos = Math.max(Duration.ofSeconds(5).toNanos(), graceNanos / 4);
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
        this.lastLook = since;
    }

    /** Whether nothing is to be taken back now; asked about once a second. */
    boolean isNow() {
        long now = nanoTime.getAsLong();
        if (now - lastLook > pauseNanos) {
            since = now;
        }
        lastLook = now;
        return now - since < graceNanos;
    }

    /** Says that the database did not answer, or that nothing was heard of any node. */
    void begin() {
        since = nanoTime.getAsLong();
    }
}

package studio.kiln.server.cache;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps callers away from something that does not answer: after a failure nobody tries for a second, then one caller
 * does, and all the others again after it had success. Safe for any number of threads.
 */
final class Breaker {
    private static final Duration REST = Duration.ofSeconds(1);

    private final LongSupplier nanos;
    private boolean broken;
    private long until;

    /** @param nanos a monotonic clock */
    Breaker(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether the caller may try; it says afterwards how it went. */
    synchronized boolean mayTry() {
        if (!broken) {
            return true;
        }
        long now = nanos.getAsLong();
        if (now - until < 0) {
            return false;
        }
        // While this one tries, nobody else does.
        until = now + REST.toNanos();
        return true;
    }

    synchronized void succeeded() {
        broken = false;
    }

    /** Says whether this is the first failure after success. */
    synchronized boolean failed() {
        boolean first = !broken;
        broken = true;
        until = nanos.getAsLong() + REST.toNanos();
        return first;
    }
}

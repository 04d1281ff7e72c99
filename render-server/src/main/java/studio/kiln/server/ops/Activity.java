package studio.kiln.server.ops;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Knows how long nobody has used the server. Safe for any number of threads. */
public final class Activity {
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong last = new AtomicLong(System.nanoTime());

    /**
     * A call begins.
     *
     * @param counts false for calls that nobody's work depends on, such as health checks
     */
    public Call enter(boolean counts) {
        if (!counts) {
            return () -> {};
        }
        underWay.incrementAndGet();
        last.set(System.nanoTime());
        return () -> {
            last.set(System.nanoTime());
            underWay.decrementAndGet();
        };
    }

    /** Time since the end of the last call; zero while one is under way, an open event stream included. */
    public Duration idle() {
        return underWay.get() > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - last.get());
    }

    /** How many calls that count are being answered now. */
    public int underWay() {
        return underWay.get();
    }

    /** Ends with the call. */
    @FunctionalInterface
    public interface Call extends AutoCloseable {
        @Override
        void close();
    }
}

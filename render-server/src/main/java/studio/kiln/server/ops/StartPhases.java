package studio.kiln.server.ops;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/** How long each part of a start took, for the log. Used by one thread. */
public final class StartPhases {
    private final LongSupplier nanos;
    private final StringBuilder text;
    private final Duration before;
    private final long began;
    private long last;

    /**
     * Begins when Java has come to the server.
     *
     * @param processBegan when the process began
     * @param now the present time, by the same clock
     */
    public StartPhases(Instant processBegan, Instant now) {
        this(Duration.between(processBegan, now), System::nanoTime);
    }

    StartPhases(Duration before, LongSupplier nanos) {
        this.nanos = nanos;
        this.before = before.isNegative() ? Duration.ZERO : before;
        this.began = nanos.getAsLong();
        this.last = began;
        this.text = new StringBuilder("Java ").append(this.before.toMillis());
    }

    /** That part is ready. */
    public void done(String part) {
        long now = nanos.getAsLong();
        text.append(", ").append(part).append(' ').append((now - last) / 1_000_000);
        last = now;
    }

    /** {@code 1240 ms after its process began (Java 310, database 520, ...)}. */
    @Override
    public String toString() {
        return before.plusNanos(last - began).toMillis() + " ms after its process began (" + text + ")";
    }
}

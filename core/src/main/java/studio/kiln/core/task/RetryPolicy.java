package studio.kiln.core.task;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a failed chunk is tried again.
 *
 * @param attempts how often a chunk may fail by its own fault before it is given up, the first time included, 1..100;
 *     leases that were lost are not counted
 * @param first the pause before the second attempt
 * @param longest no pause is longer than this
 */
public record RetryPolicy(int attempts, Duration first, Duration longest) {
    public static final RetryPolicy DEFAULT = new RetryPolicy(3, Duration.ofSeconds(2), Duration.ofMinutes(2));

    /**
     * The pause before the next attempt, doubling each time with 0-50 % jitter, or empty when the chunk is given up.
     *
     * @param failures how often the chunk has failed by now, at least 1
     */
    public Optional<Duration> pauseAfter(FailureKind kind, int failures, RandomGenerator random) {
        if (kind == FailureKind.PERMANENT || failures >= attempts) {
            return Optional.empty();
        }
        long doubled = first.toMillis() << Math.min(failures - 1, 20);
        long capped = Math.min(doubled, longest.toMillis());
        return Optional.of(Duration.ofMillis(capped + random.nextLong(capped / 2 + 1)));
    }
}

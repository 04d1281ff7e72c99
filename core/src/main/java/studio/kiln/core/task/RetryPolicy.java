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

    private static final String DISK_FULL = "DISK_FULL";

    /**
     * Whether a failure speaks against the work: that a disk was full does not, and work that met it waits for room however
     * often it meets it.
     *
     * @param code of the failure
     */
    public static boolean counts(String code) {
        return !code.equals(DISK_FULL);
    }

    /**
     * The pause before the next attempt, doubling each time with 0-50 % jitter, or empty when the chunk is given up.
     *
     * @param code of the failure; what does not {@linkplain #counts count} is never given up, at even pauses of a quarter of
     *     the longest
     * @param failures how often the chunk has failed by now, at least 1
     */
    public Optional<Duration> pauseAfter(FailureKind kind, String code, int failures, RandomGenerator random) {
        if (!counts(code)) {
            return Optional.of(jittered(longest.toMillis() / 4, random));
        }
        if (kind == FailureKind.PERMANENT || failures >= attempts) {
            return Optional.empty();
        }
        long doubled = first.toMillis() << Math.min(failures - 1, 20);
        long capped = Math.min(doubled, longest.toMillis());
        return Optional.of(jittered(capped, random));
    }

    private static Duration jittered(long millis, RandomGenerator random) {
        return Duration.ofMillis(millis + random.nextLong(millis / 2 + 1));
    }
}

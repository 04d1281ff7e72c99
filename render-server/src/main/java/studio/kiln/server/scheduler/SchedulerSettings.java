package studio.kiln.server.scheduler;

import java.time.Duration;
import studio.kiln.core.task.RetryPolicy;

/**
 * How the scheduler behaves.
 *
 * @param lease how long an attempt may be silent before its chunk is taken back; also how long a server that starts takes
 *     nothing back
 * @param retry when failed chunks are tried again
 * @param repair whether the repair pass runs
 * @param scriptVersion version of the session program, part of every recipe
 */
public record SchedulerSettings(Duration lease, RetryPolicy retry, boolean repair, String scriptVersion) {
    public static SchedulerSettings standard(String scriptVersion) {
        return new SchedulerSettings(Duration.ofSeconds(60), RetryPolicy.DEFAULT, true, scriptVersion);
    }

    /** The same with another lease; shorter ones find lost nodes sooner and forgive less. */
    public SchedulerSettings withLease(Duration other) {
        return new SchedulerSettings(other, retry, repair, scriptVersion);
    }
}

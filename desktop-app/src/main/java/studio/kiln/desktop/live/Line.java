package studio.kiln.desktop.live;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import studio.kiln.desktop.shell.Problem;

/**
 * How the line to the server is.
 *
 * @param since when it became so
 * @param problem why, when it is not live
 */
public record Line(State state, Instant since, @Nullable Problem problem) {
    /** The states of the line. */
    public enum State {
        /** The server is being looked for or started. */
        STARTING,
        /** Events arrive. */
        LIVE,
        /** What is shown is from {@code since}; the studio tries again by itself. */
        STALE
    }
}

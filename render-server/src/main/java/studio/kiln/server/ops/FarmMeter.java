package studio.kiln.server.ops;

import java.time.Duration;
import studio.kiln.core.task.AttemptState;

/** Counts what the farm does. Called after the commit, on any thread; it must not wait. */
public interface FarmMeter {
    /** Of a farm that nobody measures. */
    FarmMeter NONE = new FarmMeter() {
        @Override
        public void published(double seconds) {
            // nobody counts
        }

        @Override
        public void ended(AttemptState state, Duration took) {
            // nobody counts
        }
    };

    /** A picture was published that took so many seconds to render. */
    void published(double seconds);

    /** An attempt at a chunk ended, so long after a node got it. */
    void ended(AttemptState state, Duration took);
}

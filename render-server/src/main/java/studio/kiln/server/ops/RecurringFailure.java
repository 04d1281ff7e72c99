package studio.kiln.server.ops;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Tells the log of a failure of something that is tried again and again: with its trace when it begins or becomes another one,
 * and once more when it is over. An outage of minutes would fill the log otherwise. For one thread.
 */
public final class RecurringFailure {
    private final Logger log;
    private final String what;
    private @Nullable Class<?> last;

    /** @param what a sentence without its end, such as "Events could not be read" */
    public RecurringFailure(Logger log, String what) {
        this.log = log;
        this.what = what;
    }

    public void failed(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        // Not its message, which may count something.
        if (!root.getClass().equals(last)) {
            last = root.getClass();
            log.warn("{}; it is tried again until it can be, and that is said", what, failure);
        } else {
            log.debug("{}: {}", what, failure.toString());
        }
    }

    public void worked() {
        if (last != null) {
            last = null;
            log.info("{} for a while; it is over", what);
        }
    }
}

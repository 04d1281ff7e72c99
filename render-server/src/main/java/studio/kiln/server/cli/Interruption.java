package studio.kiln.server.cli;

import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C and SIGTERM do. At first they end the process; a command that has something to put in order first takes
 * them over for a while with {@link #during}. A second one always ends the process at once.
 */
public final class Interruption {
    private final IntConsumer exit;
    private @Nullable IntConsumer handler;
    private int seen;

    /** @param exit ends the process with that exit code */
    public Interruption(IntConsumer exit) {
        this.exit = exit;
    }

    /** A signal came that by itself would end the process with {@code exitCode}. */
    public void signal(int exitCode) {
        IntConsumer chosen;
        synchronized (this) {
            seen++;
            chosen = handler == null || seen > 1 ? exit : handler;
        }
        chosen.accept(exitCode);
    }

    /** Ends the process, as a signal by itself would have. */
    public void exit(int exitCode) {
        exit.accept(exitCode);
    }

    /** From here on {@code handler} hears the first signal, on a thread of its own, until the result is closed. */
    public synchronized Scope during(IntConsumer handler) {
        IntConsumer before = this.handler;
        this.handler = handler;
        return () -> {
            synchronized (this) {
                this.handler = before;
            }
        };
    }

    /** The time in which a handler is in charge. */
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }
}

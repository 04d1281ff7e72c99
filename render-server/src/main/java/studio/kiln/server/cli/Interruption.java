package studio.kiln.server.cli;

import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C and SIGTERM do. At first they end the process; a command that has something to put in order first takes
 * them over for a while with {@link #during}. A second one always ends the process at once; what comes within a second of the
 * first is taken for the same one, because {@code timeout} and terminals signal a process and then its group.
 */
public final class Interruption {
    private static final long SAME = 1_000_000_000L;

    private final IntConsumer exit;
    private final LongSupplier nanos;
    private @Nullable IntConsumer handler;
    private @Nullable Long first;
    private boolean provisional;

    /** @param exit ends the process with that exit code */
    public Interruption(IntConsumer exit) {
        this(exit, System::nanoTime);
    }

    Interruption(IntConsumer exit, LongSupplier nanos) {
        this.exit = exit;
        this.nanos = nanos;
    }

    /** A signal came that by itself would end the process with {@code exitCode}. */
    public void signal(int exitCode) {
        IntConsumer chosen;
        synchronized (this) {
            long now = nanos.getAsLong();
            if (first != null && handler != null && now - first < SAME) {
                return;
            }
            chosen = handler == null || first != null ? exit : handler;
            first = first == null ? Long.valueOf(now) : first;
        }
        chosen.accept(exitCode);
    }

    /** Ends the process, as a signal by itself would have. */
    public void exit(int exitCode) {
        exit.accept(exitCode);
    }

    /** Until a command takes over with {@link #during}, {@code handler} hears the first signal; afterwards never again. */
    public synchronized void atFirst(IntConsumer handler) {
        this.handler = handler;
        provisional = true;
    }

    /** From here on {@code handler} hears the first signal, on a thread of its own, until the result is closed. */
    public synchronized Scope during(IntConsumer handler) {
        IntConsumer before = provisional ? null : this.handler;
        provisional = false;
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

package studio.kiln.server.ops;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Marks what this thread logs with the task, the chunk and the attempt that it is about, until it is closed. */
public final class LogFields implements AutoCloseable {
    private static final String TASK = "task";
    private static final String CHUNK = "chunk";
    private static final String ATTEMPT = "attempt";

    private LogFields() {}

    /** @param chunk null where it is not known; the attempt names it too */
    public static LogFields of(@Nullable String task, @Nullable String chunk, String attempt) {
        if (task != null) {
            MDC.put(TASK, task);
        }
        if (chunk != null) {
            MDC.put(CHUNK, chunk);
        }
        MDC.put(ATTEMPT, attempt);
        return new LogFields();
    }

    @Override
    public void close() {
        MDC.remove(TASK);
        MDC.remove(CHUNK);
        MDC.remove(ATTEMPT);
    }
}

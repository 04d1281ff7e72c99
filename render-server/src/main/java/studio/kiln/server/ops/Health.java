package studio.kiln.server.ops;

import java.util.Map;

/**
 * What health checks are told.
 *
 * @param status {@code up}; {@code degraded} when something is down that only helps; {@code down}
 * @param parts each part with {@code up}, or with what is wrong in a sentence
 */
public record Health(String status, Map<String, String> parts) {
    public static final String DEGRADED = "degraded";
    public static final String DOWN = "down";

    /** Whether requests are served. */
    public boolean serves() {
        return !status.equals(DOWN);
    }
}

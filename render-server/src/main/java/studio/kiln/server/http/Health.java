package studio.kiln.server.http;

import java.util.Map;

/**
 * What health checks are told.
 *
 * @param status {@code up} or {@code down}
 * @param parts each part with {@code up}, or with what is wrong in a sentence
 */
public record Health(String status, Map<String, String> parts) {
    public boolean isUp() {
        return status.equals("up");
    }
}

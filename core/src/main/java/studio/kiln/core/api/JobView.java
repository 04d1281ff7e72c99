package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Work that the farm does once, beside rendering, and that was given up.
 *
 * @param kind {@code plan}, {@code inspect} or {@code thumbnail}
 * @param subjectId id of the task or model version that it is about
 * @param attempts how often it was tried
 * @param problem why it failed the last time, or null when nothing was said
 * @param endedAt when it was given up
 */
public record JobView(
        String id,
        String kind,
        String subjectId,
        String owner,
        int attempts,
        @Nullable String problem,
        Instant createdAt,
        @Nullable Instant endedAt) {}

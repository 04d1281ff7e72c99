package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session or token; the secret itself is kept nowhere.
 *
 * @param kind {@code session} or {@code token}
 * @param usedAt to the minute; null is never
 * @param current whether this very request came with it
 */
public record TokenView(
        String id,
        String kind,
        String name,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant usedAt,
        boolean current) {}

package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;

/**
 * An account as administrators see it.
 *
 * @param groups names
 * @param seenAt when a session or token of theirs was last used, to the minute; null is never
 */
public record UserView(
        String id,
        String name,
        String displayName,
        Role role,
        boolean disabled,
        List<String> groups,
        @Nullable Instant seenAt,
        Instant createdAt) {}

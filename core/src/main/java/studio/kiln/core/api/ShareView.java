package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Access;

/** With whom something is shared. Either {@code user} or {@code group} is there. */
public record ShareView(
        String id, @Nullable String user, @Nullable String group, Access access, String createdBy, Instant createdAt) {}

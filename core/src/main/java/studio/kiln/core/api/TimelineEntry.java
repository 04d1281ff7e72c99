package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One transition: who or what moved what, from where to where, and why.
 *
 * @param subject {@code task}, {@code chunk} or {@code attempt}
 * @param actor a user, a node, or {@code scheduler}
 */
public record TimelineEntry(
        Instant at,
        String actor,
        String subject,
        String subjectId,
        @Nullable String from,
        String to,
        @Nullable String why) {}

package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody did, or was refused.
 *
 * @param actor name of the account; of a failed sign-in, the name that was tried
 * @param actorKind {@code session}, {@code token}, {@code console}, {@code local} or {@code nobody}
 * @param credential id of the session or token, or null
 * @param outcome {@code done} or {@code refused}
 * @param seq place in the sealed order, from 1; null until it is sealed, as are the digests
 * @param previous digest of the entry before, 64 zeros for the first
 */
public record AuditEntry(
        long id,
        Instant at,
        String actor,
        String actorKind,
        @Nullable String credential,
        String address,
        String act,
        String targetKind,
        String target,
        String outcome,
        String detail,
        @Nullable Long seq,
        @Nullable String previous,
        @Nullable String digest) {}

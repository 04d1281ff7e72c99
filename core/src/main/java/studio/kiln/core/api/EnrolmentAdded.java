package studio.kiln.core.api;

import java.time.Instant;

/**
 * A token with which one node joins, once.
 *
 * @param token shown this once
 */
public record EnrolmentAdded(String token, Instant expiresAt) {
    /** Never shows the token. */
    @Override
    public String toString() {
        return "EnrolmentAdded[until " + expiresAt + "]";
    }
}

package studio.kiln.core.api;

import java.time.Instant;

/**
 * A session that was just opened.
 *
 * @param token to be sent as {@code Authorization: Bearer TOKEN}; shown this once
 */
public record SignedIn(String token, Instant expiresAt, Me me) {
    /** Never shows the token. */
    @Override
    public String toString() {
        return "SignedIn[" + me.name() + "]";
    }
}

package studio.kiln.core.api;

import java.net.URI;

/**
 * Where a server listens and the token that it lets in.
 *
 * @param base such as {@code http://127.0.0.1:3000}, without a path
 */
public record ServerAddress(URI base, String token) {
    /** Never shows the token. */
    @Override
    public String toString() {
        return base.toString();
    }
}

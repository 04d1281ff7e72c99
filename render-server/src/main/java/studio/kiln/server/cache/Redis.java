package studio.kiln.server.cache;

import java.net.URI;

/**
 * A Redis, and the keys that one Kiln has in it.
 *
 * @param uri {@code redis://USER:PASSWORD@HOST:PORT/DATABASE}, or {@code rediss} for TLS
 * @param prefix of every key and channel; servers of one studio have the same
 */
public record Redis(URI uri, String prefix) {
    /** Never shows the password. */
    @Override
    public String toString() {
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }
}

package studio.kiln.server.ops;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.cache.Redis;
import studio.kiln.server.queue.Broker;

/**
 * What the servers of a studio share besides the database. A server without them is on its own.
 *
 * @param broker carries jobs and hints between servers
 * @param redis holds statuses, and carries events between servers
 */
public record SharedServices(
        @Nullable Broker broker, @Nullable Redis redis) {
    /** Of a server that is on its own. */
    public static final SharedServices NONE = new SharedServices(null, null);

    private static final String PREFIX = "kiln";

    /**
     * Reads the variables {@code KILN_BROKER_URL}, {@code KILN_REDIS_URL} and {@code KILN_PREFIX}, which tells the queues,
     * channels and keys of studios apart that use the same services.
     *
     * @throws IllegalArgumentException with the name of one that cannot be used; it never holds a password
     */
    public static SharedServices of(Map<String, String> environment) {
        String prefix = environment.getOrDefault("KILN_PREFIX", "").strip();
        if (!prefix.matches("[a-z0-9-]{0,40}")) {
            throw new IllegalArgumentException(
                    "KILN_PREFIX has up to 40 small letters, digits and hyphens, unlike '" + prefix + "'.");
        }
        String name = prefix.isEmpty() ? PREFIX : prefix;
        Broker broker = uri(environment, "KILN_BROKER_URL", List.of("amqp", "amqps"), "amqp://USER:PASSWORD@HOST:5672")
                .map(uri -> new Broker(uri, name))
                .orElse(null);
        Redis redis = uri(environment, "KILN_REDIS_URL", List.of("redis", "rediss"), "redis://:PASSWORD@HOST:6379/0")
                .map(uri -> new Redis(withPort(uri, 6379), name))
                .orElse(null);
        return new SharedServices(broker, redis);
    }

    private static Optional<URI> uri(
            Map<String, String> environment, String variable, List<String> schemes, String example) {
        String text = environment.getOrDefault(variable, "").strip();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text);
            if (uri.getScheme() != null && schemes.contains(uri.getScheme()) && uri.getHost() != null) {
                return Optional.of(uri);
            }
        } catch (URISyntaxException e) {
            // The same sentence; the exception's own words hold the password.
        }
        throw new IllegalArgumentException(variable + " is an address like " + example
                + "; signs of a password that have a meaning in addresses are written as %XX.");
    }

    private static URI withPort(URI uri, int usual) {
        if (uri.getPort() >= 0) {
            return uri;
        }
        String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return URI.create(uri.getScheme() + "://" + user + uri.getHost() + ":" + usual + path);
    }
}

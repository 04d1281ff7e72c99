package studio.kiln.server.storage;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which store the bytes of a server are in, and how one gets in. */
public sealed interface StoreSettings permits StoreSettings.Local, S3Settings, WebDavSettings {
    /** A folder of this machine, in the data folder. */
    record Local() implements StoreSettings {}

    /**
     * Reads {@code KILN_STORE_KIND} ({@code local}, {@code s3} or {@code webdav}), and for the last two {@code KILN_STORE_URL},
     * {@code KILN_STORE_USER} and {@code KILN_STORE_PASSWORD} (an access key and its secret); for S3 {@code
     * KILN_STORE_BUCKET}, {@code KILN_STORE_REGION}, {@code KILN_STORE_PREFIX}, {@code KILN_STORE_PUBLIC_URL} and {@code
     * KILN_STORE_VIRTUAL_HOSTS}.
     *
     * @throws IllegalArgumentException with the name of one that cannot be used; it never holds a password
     */
    static StoreSettings of(Map<String, String> environment) {
        String kind = value(environment, "KILN_STORE_KIND").orElse("local").toLowerCase(Locale.ROOT);
        return switch (kind) {
            case "local" -> new Local();
            case "s3" ->
                new S3Settings(
                        address(environment, "KILN_STORE_URL"),
                        value(environment, "KILN_STORE_PUBLIC_URL").isEmpty()
                                ? null
                                : address(environment, "KILN_STORE_PUBLIC_URL"),
                        value(environment, "KILN_STORE_REGION").orElse("us-east-1"),
                        needed(environment, "KILN_STORE_BUCKET"),
                        prefix(environment),
                        value(environment, "KILN_STORE_VIRTUAL_HOSTS")
                                .filter(v -> v.equalsIgnoreCase("true"))
                                .isPresent(),
                        needed(environment, "KILN_STORE_USER"),
                        needed(environment, "KILN_STORE_PASSWORD"));
            case "webdav" ->
                new WebDavSettings(
                        address(environment, "KILN_STORE_URL"),
                        value(environment, "KILN_STORE_USER").orElse(""),
                        value(environment, "KILN_STORE_PASSWORD").orElse(""));
            default ->
                throw new IllegalArgumentException("KILN_STORE_KIND is local, s3 or webdav, not '" + kind + "'.");
        };
    }

    /**
     * The store itself, which has not been talked to yet where it is on another machine.
     *
     * @param home the data folder
     */
    default BlobStore open(Path home) throws IOException {
        return switch (this) {
            case Local local -> new LocalBlobStore(home);
            case S3Settings s3 -> new MinioBlobStore(s3);
            case WebDavSettings dav -> new WebDavBlobStore(dav);
        };
    }

    private static String prefix(Map<String, String> environment) {
        String text = value(environment, "KILN_STORE_PREFIX").orElse("");
        return text.isEmpty() || text.endsWith("/") ? text : text + "/";
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }

    private static String needed(Map<String, String> environment, String name) {
        return value(environment, name)
                .orElseThrow(() -> new IllegalArgumentException("KILN_STORE_KIND is '"
                        + environment.get("KILN_STORE_KIND") + "', which needs " + name + " too."));
    }

    private static URI address(Map<String, String> environment, String name) {
        try {
            return new URI(needed(environment, name));
        } catch (URISyntaxException e) {
            // the exception's own words would hold a password that was written into it
            throw new IllegalArgumentException(name + " is no address; give it as https://HOST:PORT.");
        }
    }
}

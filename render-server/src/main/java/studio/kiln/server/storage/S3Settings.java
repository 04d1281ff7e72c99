package studio.kiln.server.storage;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where an object store with the interface of S3 is and how one gets in: Amazon S3, MinIO, OSS, COS and others.
 *
 * @param endpoint scheme, host and port, as this server reaches it
 * @param publicEndpoint as nodes and browsers reach it, for addresses that this server signs for them; null when those are
 *     not to be given out
 * @param region as the store names it; {@code us-east-1} where it has none
 * @param bucket must exist
 * @param prefix what all keys begin with, empty or ending with a slash; several farms may share a bucket
 * @param virtualHosts whether the bucket is a part of the host's name, as OSS and COS want it
 */
public record S3Settings(
        URI endpoint,
        @Nullable URI publicEndpoint,
        String region,
        String bucket,
        String prefix,
        boolean virtualHosts,
        String accessKey,
        String secretKey)
        implements StoreSettings {
    private static final Pattern PREFIX = Pattern.compile("(?:[A-Za-z0-9._-]+/)*");

    /** @throws IllegalArgumentException with what is wrong in a sentence */
    public S3Settings {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("The prefix '" + prefix
                    + "' is no folder; use letters, digits, '.', '_' and '-', with a slash at the end.");
        }
        if (bucket.isBlank()) {
            throw new IllegalArgumentException("The store needs the name of a bucket.");
        }
        plain(endpoint);
        if (publicEndpoint != null) {
            plain(publicEndpoint);
        }
    }

    private static void plain(URI address) {
        boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
        boolean bare = address.getPath() == null
                || address.getPath().isEmpty()
                || address.getPath().equals("/");
        if (!http || address.getHost() == null || !bare || address.getUserInfo() != null) {
            throw new IllegalArgumentException("'" + address
                    + "' is no address of an S3 store; give it as https://HOST:PORT, without path and password.");
        }
    }

    /** Never shows the secret. */
    @Override
    public String toString() {
        return endpoint + "/" + bucket + "/" + prefix;
    }
}

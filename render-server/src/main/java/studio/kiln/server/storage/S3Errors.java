package studio.kiln.server.storage;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.errors.ServerException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in a sentence why an S3 store did not do what it was asked, and whether that may pass. */
final class S3Errors {
    private static final Set<String> PASSING = Set.of(
            "InternalError",
            "SlowDown",
            "SlowDownRead",
            "SlowDownWrite",
            "ServiceUnavailable",
            "RequestTimeout",
            "OperationAborted",
            "TooManyRequests",
            "Throttling",
            "XMinioServerNotInitialized");
    private static final Pattern STATUS = Pattern.compile("Response code: (\\d{3})");

    private final S3Settings settings;

    S3Errors(S3Settings settings) {
        this.settings = settings;
    }

    IOException of(Throwable e, String key) {
        return switch (e) {
            case ErrorResponseException told -> told(told, key);
            case ServerException failed -> answered(failed.statusCode(), failed);
            case MinioException other -> answered(status(other), other);
            case SSLException tls ->
                failure(
                        "The certificate of the store at " + settings.endpoint() + " is not believed ("
                                + tls.getMessage() + "); use one of a known authority, or add it to this Java's.",
                        false,
                        tls);
            case SocketTimeoutException slow ->
                failure(
                        "The store at " + settings.endpoint() + " takes too long to answer; look at its load and log.",
                        true,
                        slow);
            case InterruptedIOException interrupted -> interrupted;
            case IOException line ->
                failure(
                        "The store at " + settings.endpoint() + " does not answer (" + line.getMessage()
                                + "); check that it runs and that the address is right.",
                        true,
                        line);
            default -> failure("The store at " + settings.endpoint() + " failed: " + e, false, e);
        };
    }

    private IOException told(ErrorResponseException e, String key) {
        int status = e.response().code();
        String code = String.valueOf(e.errorResponse().code());
        return switch (code) {
            case "NoSuchKey" -> (IOException) new NoSuchFileException(key).initCause(e);
            case "NoSuchBucket" ->
                failure(
                        "The bucket '" + settings.bucket() + "' does not exist at " + settings.endpoint()
                                + "; make it, or name another.",
                        false,
                        e);
            case "InvalidAccessKeyId" ->
                failure("The store at " + settings.endpoint() + " does not know the access key; check it.", false, e);
            case "SignatureDoesNotMatch" ->
                failure(
                        "The store at " + settings.endpoint() + " does not accept the secret key; check that it belongs"
                                + " to the access key.",
                        false,
                        e);
            case "RequestTimeTooSkewed" ->
                failure(
                        "The clocks of this machine and of the store at " + settings.endpoint()
                                + " differ by more than the store allows; set both by NTP.",
                        false,
                        e);
            case "AccessDenied", "AllAccessDisabled", "Forbidden" ->
                failure(
                        "The store at " + settings.endpoint() + " refuses to let these keys use " + settings.bucket()
                                + "/" + key + "; check both keys, and give them the right to read, write, delete and"
                                + " list there.",
                        false,
                        e);
            case "AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidRegion", "Redirect" ->
                failure(
                        "The bucket '" + settings.bucket() + "' is in another region than '" + settings.region()
                                + "'; set the region that the store names for it ("
                                + e.errorResponse().message()
                                + ").",
                        false,
                        e);
            case "XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "EntityTooLarge" ->
                failure(
                        "The store at " + settings.endpoint() + " has no room (" + code + "); make some there.",
                        false,
                        e);
            default ->
                failure(
                        "The store at " + settings.endpoint() + " answered " + code + " (" + status + "): "
                                + e.errorResponse().message(),
                        PASSING.contains(code) || (status >= 500 && status != 501),
                        e);
        };
    }

    private IOException answered(int status, MinioException e) {
        if ((status >= 500 && status != 501) || status == 429) {
            return failure(
                    "The store at " + settings.endpoint() + " is not ready (HTTP " + status + "); look at its log.",
                    true,
                    e);
        }
        return failure(
                "What answers at " + settings.endpoint() + " does not speak S3 (" + firstLine(e)
                        + "); check the address and the port.",
                false,
                e);
    }

    private static int status(MinioException e) {
        Matcher told = STATUS.matcher(String.valueOf(e.getMessage()));
        return told.find() ? Integer.parseInt(told.group(1)) : 0;
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("no message");
    }

    private static StoreFailure failure(String message, boolean passing, @Nullable Throwable cause) {
        return new StoreFailure(message, passing, cause);
    }
}

package studio.kiln.server.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.library.Uploads;
import studio.kiln.server.library.Uploads.Upload;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.Subject;

/**
 * Uploads by tus 1.0.0 with the extensions creation, creation-with-upload, expiration and termination.
 *
 * @see <a href="https://tus.io/protocols/resumable-upload">The protocol</a>
 */
final class TusRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(TusRoutes.class);
    private static final String VERSION = "1.0.0";
    private static final String BYTES = "application/offset+octet-stream";

    private final Uploads uploads;
    private final Guard guard;
    private final long most;

    /** @param most bytes of one file */
    TusRoutes(Uploads uploads, Guard guard, long most) {
        this.uploads = uploads;
        this.guard = guard;
        this.most = most;
    }

    List<Route> routes() {
        return List.of(
                Route.of("OPTIONS", "/api/uploads", "What this server knows of the tus protocol")
                        .needs(Permission.RENDER)
                        .givesNothing(204, "See the headers Tus-Version, Tus-Extension and Tus-Max-Size")
                        .by(this::options),
                Route.post("/api/uploads", "Begin to send a file of an announced model version (tus)")
                        .needs(Permission.RENDER)
                        .header("Tus-Resumable", "string", "1.0.0")
                        .header("Upload-Length", "integer", "Bytes of the file")
                        .header("Upload-Metadata", "string", "sha256 and version, each in base64")
                        .takesMedia(BYTES, most)
                        .givesNothing(201, "Begun; send the bytes to the address in Location")
                        .by(this::create),
                Route.of("HEAD", "/api/uploads/{upload}", "How much of an upload has arrived (tus)")
                        .needs(Permission.RENDER)
                        .free("upload")
                        .header("Tus-Resumable", "string", "1.0.0")
                        .givesNothing(200, "See the headers Upload-Offset and Upload-Length")
                        .by(this::state),
                Route.of("PATCH", "/api/uploads/{upload}", "Send bytes of an upload (tus)")
                        .needs(Permission.RENDER)
                        .free("upload")
                        .header("Tus-Resumable", "string", "1.0.0")
                        .header("Upload-Offset", "integer", "Where the bytes belong: what has arrived so far")
                        .takesMedia(BYTES, most)
                        .givesNothing(204, "See the header Upload-Offset")
                        .by(this::append),
                Route.delete("/api/uploads/{upload}", "Give an upload up (tus)")
                        .needs(Permission.RENDER)
                        .free("upload")
                        .header("Tus-Resumable", "string", "1.0.0")
                        .by(this::abort));
    }

    private Reply options(Call call) {
        return answer(
                204,
                Map.of(
                        "Tus-Version",
                        VERSION,
                        "Tus-Extension",
                        "creation,creation-with-upload,expiration,termination",
                        "Tus-Max-Size",
                        Long.toString(most)));
    }

    private Reply create(Call call) throws IOException {
        checkVersion(call);
        Map<String, String> metadata = metadata(call.header("Upload-Metadata"));
        String version = metadata.get("version");
        String digest = metadata.get("sha256");
        if (version == null || digest == null) {
            throw wrong(
                    400,
                    "Upload-Metadata must name 'sha256' and 'version' of the file, each with its value in base64.");
        }
        guard.check(call.caller(), Subject.VERSION, version, Act.EDIT);
        long size = number(call, "Upload-Length");
        Upload upload =
                uploads.create(version, new Sha256(digest), size, call.caller().name());
        if (call.header("Content-Type") != null && call.exchange().getRequestContentLength() != 0 && size > 0) {
            upload = append(call, upload.id(), 0);
        }
        Map<String, String> headers = headers(upload);
        headers.put("Location", "/api/uploads/" + upload.id());
        return answer(201, headers);
    }

    private Reply state(Call call) throws IOException {
        checkVersion(call);
        Upload upload = uploads.state(call.path("upload"), call.caller().name());
        Map<String, String> headers = headers(upload);
        headers.put("Upload-Length", Long.toString(upload.size()));
        headers.put("Cache-Control", "no-store");
        return answer(200, headers);
    }

    private Reply append(Call call) throws IOException {
        checkVersion(call);
        return answer(204, headers(append(call, call.path("upload"), number(call, "Upload-Offset"))));
    }

    private Upload append(Call call, String id, long offset) throws IOException {
        HttpServerExchange exchange = call.exchange();
        return uploads.append(
                id,
                call.caller().name(),
                offset,
                call.stream(),
                exchange.getRequestContentLength(),
                () -> cut(exchange));
    }

    private Reply abort(Call call) throws IOException {
        checkVersion(call);
        uploads.abort(call.path("upload"), call.caller().name());
        return answer(204, new HashMap<>());
    }

    private static void cut(HttpServerExchange exchange) {
        try {
            exchange.getConnection().close();
        } catch (IOException e) {
            LOG.debug("Cutting an upload: {}", e.getMessage());
        }
    }

    private static Map<String, String> headers(Upload upload) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Upload-Offset", Long.toString(upload.received()));
        headers.put("Upload-Expires", httpDate(upload.expiresAt()));
        return headers;
    }

    private static Reply answer(int status, Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("Tus-Resumable", VERSION);
        return new Reply.Bytes(status, "", new byte[0], all);
    }

    private static void checkVersion(Call call) {
        String version = call.header("Tus-Resumable");
        if (!VERSION.equals(version)) {
            call.exchange().getResponseHeaders().put(new io.undertow.util.HttpString("Tus-Version"), VERSION);
            throw wrong(
                    412,
                    "This server speaks tus " + VERSION + ", and the request "
                            + (version == null
                                    ? "does not say which it speaks: the header Tus-Resumable is missing."
                                    : "bears the header Tus-Resumable '" + version + "'."));
        }
    }

    private static long number(Call call, String header) {
        String text = call.header(header);
        try {
            long value = Long.parseLong(text == null ? "" : text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw wrong(
                    400,
                    text == null
                            ? "The header " + header + " is missing; it holds a whole number of bytes."
                            : "The header " + header + " must hold a whole number of bytes, not '" + text + "'.");
        }
        throw wrong(400, "The header " + header + " cannot be less than 0.");
    }

    private static Map<String, String> metadata(@Nullable String header) {
        Map<String, String> values = new HashMap<>();
        for (String pair : header == null ? new String[0] : header.split(",")) {
            String[] parts = pair.strip().split(" ", 2);
            try {
                values.put(
                        parts[0],
                        parts.length < 2
                                ? ""
                                : new String(Base64.getDecoder().decode(parts[1].strip()), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw wrong(400, "The value of '" + parts[0] + "' in Upload-Metadata is no base64.");
            }
        }
        return values;
    }

    private static ApiException wrong(int status, String detail) {
        return new ApiException(Problem.of(status, "BAD_UPLOAD", "The upload cannot go on", detail));
    }

    private static String httpDate(Instant at) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(at.atOffset(ZoneOffset.UTC));
    }
}

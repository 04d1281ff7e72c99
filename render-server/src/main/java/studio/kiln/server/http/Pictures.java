package studio.kiln.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.storage.BlobStore;

/**
 * Sends blobs as files: with their digest as entity tag, so that they are cached for ever, and in parts where a part is
 * asked for (RFC 9110, section 14).
 */
final class Pictures {
    private static final int BUFFER = 1 << 16;
    private static final String FOR_EVER = "private, max-age=31536000, immutable";
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("exr", "image/x-exr"),
            Map.entry("tif", "image/tiff"),
            Map.entry("tiff", "image/tiff"),
            Map.entry("webp", "image/webp"),
            Map.entry("bmp", "image/bmp"),
            Map.entry("tga", "image/x-tga"),
            Map.entry("hdr", "image/vnd.radiance"),
            Map.entry("jp2", "image/jp2"),
            Map.entry("mp4", "video/mp4"),
            Map.entry("mkv", "video/x-matroska"));

    private final BlobStore store;

    Pictures(BlobStore store) {
        this.store = store;
    }

    /** The file of a result. */
    Reply result(Call call, ResultView result, String name) throws IOException {
        String type = TYPES.getOrDefault(result.extension().toLowerCase(Locale.ROOT), "application/octet-stream");
        return blob(call, result.sha256(), type, name);
    }

    /** A blob as a file of a name and type. */
    Reply blob(Call call, Sha256 digest, String type, String name) throws IOException {
        long size = store.size(digest).orElseThrow(() -> new NoSuchFileException(digest.hex()));
        String tag = "\"" + digest + "\"";
        boolean known = matches(call.header("If-None-Match"), tag);
        Optional<Range> range = known ? Optional.empty() : range(call, size, tag);
        return new Reply.Written(exchange -> {
            exchange.getResponseHeaders().put(Headers.ETAG, tag);
            exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, FOR_EVER);
            exchange.getResponseHeaders().put(Headers.ACCEPT_RANGES, "bytes");
            exchange.getResponseHeaders().put(new HttpString("X-Content-Type-Options"), "nosniff");
            if (known) {
                exchange.setStatusCode(304);
                return;
            }
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
            exchange.getResponseHeaders().put(Headers.CONTENT_DISPOSITION, disposition(name));
            Range part = range.orElse(new Range(0, size));
            if (part.length < 0) {
                exchange.setStatusCode(416);
                exchange.getResponseHeaders().put(Headers.CONTENT_RANGE, "bytes */" + size);
                return;
            }
            if (range.isPresent()) {
                exchange.setStatusCode(206);
                exchange.getResponseHeaders()
                        .put(
                                Headers.CONTENT_RANGE,
                                "bytes " + part.from + "-" + (part.from + part.length - 1) + "/" + size);
            }
            exchange.setResponseContentLength(part.length);
            send(exchange, digest, part);
        });
    }

    private void send(HttpServerExchange exchange, Sha256 digest, Range part) throws IOException {
        if (exchange.getRequestMethod().equalToString("HEAD")) {
            return;
        }
        try (InputStream in = store.open(digest);
                OutputStream out = exchange.getOutputStream()) {
            in.skipNBytes(part.from);
            byte[] buffer = new byte[BUFFER];
            long left = part.length;
            while (left > 0) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (n < 0) {
                    throw new EOFException("The blob " + digest + " is shorter than it was");
                }
                out.write(buffer, 0, n);
                left -= n;
            }
        }
    }

    /** One range is served; several at once, or one that cannot be read, give the whole file, as the RFC allows. */
    private static Optional<Range> range(Call call, long size, String tag) {
        String header = call.header("Range");
        String condition = call.header("If-Range");
        if (header == null || !header.startsWith("bytes=") || (condition != null && !condition.equals(tag))) {
            return Optional.empty();
        }
        String[] ends = header.substring("bytes=".length()).strip().split("-", -1);
        try {
            if (ends.length != 2 || header.contains(",")) {
                return Optional.empty();
            }
            if (ends[0].isEmpty()) {
                long last = Long.parseLong(ends[1]);
                return Optional.of(
                        last == 0 ? Range.OUTSIDE : new Range(Math.max(0, size - last), Math.min(size, last)));
            }
            long from = Long.parseLong(ends[0]);
            long to = ends[1].isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(ends[1]));
            if (!ends[1].isEmpty() && Long.parseLong(ends[1]) < from) {
                return Optional.empty();
            }
            return Optional.of(from >= size ? Range.OUTSIDE : new Range(from, to - from + 1));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean matches(@Nullable String header, String tag) {
        if (header == null) {
            return false;
        }
        for (String one : header.split(",")) {
            String text = one.strip();
            if (text.equals("*") || text.equals(tag) || text.equals("W/" + tag)) {
                return true;
            }
        }
        return false;
    }

    /** Names of any script, in the form of RFC 6266. */
    private static String disposition(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9._ -]", "_");
        return "inline; filename=\"" + plain + "\"; filename*=UTF-8''"
                + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private record Range(long from, long length) {
        private static final Range OUTSIDE = new Range(0, -1);
    }
}

package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import okhttp3.ConnectionPool;
import okhttp3.Credentials;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;

/**
 * Blobs on a plain file server that speaks WebDAV: Dufs, nginx, Apache and others. A file goes to a temporary name and is
 * moved to its own, which is a rename there; nothing beyond PUT, GET, HEAD, DELETE, MKCOL, MOVE and PROPFIND is asked for.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4918">RFC 4918</a>
 */
public final class WebDavBlobStore extends RemoteBlobStore {
    private static final MediaType BYTES = MediaType.get("application/octet-stream");
    private static final MediaType XML = MediaType.get("application/xml; charset=utf-8");
    private static final RequestBody NONE = RequestBody.create(new byte[0], null);
    private static final int BUFFER = 64 << 10;

    private final WebDavSettings settings;
    private final OkHttpClient http;
    private final @Nullable String authorization;
    private final Set<String> folders = ConcurrentHashMap.newKeySet();

    /** Does not talk to the server yet; {@link #check} does. */
    public WebDavBlobStore(WebDavSettings settings) {
        this.settings = settings;
        this.authorization = settings.user().isEmpty()
                ? null
                : Credentials.basic(settings.user(), settings.password(), StandardCharsets.UTF_8);
        this.http = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectionPool(new ConnectionPool(32, 1, TimeUnit.MINUTES))
                .followRedirects(false)
                .connectTimeout(Duration.ofSeconds(10))
                .readTimeout(Duration.ofSeconds(60))
                .writeTimeout(Duration.ofSeconds(60))
                .build();
    }

    @Override
    void write(String key, InputStream in, long size, @Nullable Sha256 digest) throws IOException {
        String temporary = STAGING + "put-" + UUID.randomUUID();
        makeFolder(STAGING);
        try {
            long written = send(temporary, in, size, digest);
            long there = facts(temporary).map(Facts::size).orElse(-1L);
            if (there != written) {
                throw new StoreFailure(
                        "The file server kept " + there + " of " + written + " bytes; look for room on its disk.",
                        true,
                        null);
            }
            place(temporary, key, null);
        } finally {
            removeQuietly(temporary);
        }
    }

    /** What fits into memory is sent again when a failure may pass; a stream cannot be. */
    private long send(String key, InputStream in, long size, @Nullable Sha256 digest) throws IOException {
        if (size >= 0 && size <= BUFFER) {
            byte[] bytes = in.readAllBytes();
            if (digest != null) {
                check(digest, Sha256.of(bytes));
            }
            Retry.of(() -> {
                try (Response answer = ask("PUT", key, RequestBody.create(bytes, BYTES))) {
                    return success(answer, key);
                }
            });
            return bytes.length;
        }
        MessageDigest sum = Sha256.digest();
        Streamed body = new Streamed(new DigestInputStream(in, sum), size);
        try (Response answer = ask("PUT", key, body)) {
            success(answer, key);
        } catch (IOException e) {
            throw body.broken == null ? e : body.broken;
        }
        if (digest != null) {
            check(digest, Sha256.of(sum));
        }
        return body.sent;
    }

    @Override
    void place(String staged, String key, @Nullable String tag) throws IOException {
        String folder = key.substring(0, key.lastIndexOf('/') + 1);
        makeFolder(folder);
        int status = move(staged, key, false);
        if (status == 404 || status == 409) {
            // somebody tidied up the folder that was there before, or the file
            folders.clear();
            makeFolder(folder);
            status = move(staged, key, false);
        }
        if (status == 412) {
            placeAgain(staged, key);
        } else if (status >= 300) {
            throw refused(status, key, "");
        }
    }

    /**
     * Some servers delete the target before they move, and a reader in between would find nothing; so equal bytes that are
     * there stay, and only their time is made new. Others may be damaged and are replaced.
     */
    private void placeAgain(String staged, String key) throws IOException {
        boolean isBlob = key.startsWith(BLOBS);
        Optional<Facts> old = facts(key);
        boolean whole = isBlob
                && old.isPresent()
                && old.get().size() == facts(staged).map(Facts::size).orElse(-1L);
        if (whole) {
            makeFresh(key);
            return;
        }
        int status = move(staged, key, true);
        if (status >= 300) {
            throw refused(status, key, "");
        }
    }

    private int move(String from, String to, boolean overwrite) throws IOException {
        return Retry.of(() -> {
            Request.Builder request = request(from)
                    .method("MOVE", NONE)
                    .header("Destination", address(to).toString())
                    .header("Overwrite", overwrite ? "T" : "F");
            try (Response answer = answer(request.build())) {
                passing(answer, to);
                return answer.code();
            }
        });
    }

    private void makeFolder(String folder) throws IOException {
        if (folders.contains(folder)) {
            return;
        }
        // the parents too, from the top: "" is the store's own folder
        for (int end = 0; end >= 0; end = folder.indexOf('/', end) + 1) {
            String part = folder.substring(0, end);
            if (!folders.contains(part)) {
                makeOne(part);
                folders.add(part);
            }
            if (end == folder.length()) {
                return;
            }
        }
    }

    private void makeOne(String folder) throws IOException {
        try (Response answer = ask("MKCOL", folder, null)) {
            // 405: it is there
            if (answer.code() != 405) {
                success(answer, folder);
            }
        }
    }

    @Override
    Optional<Facts> facts(String key) throws IOException {
        return Retry.of(() -> {
            try (Response answer = ask("HEAD", key, null)) {
                if (answer.code() == 404) {
                    return Optional.<Facts>empty();
                }
                success(answer, key);
                long size = Long.parseLong(answer.header("Content-Length", "-1"));
                return Optional.of(new Facts(
                        size, modified(answer.header("Last-Modified")), answer.header("ETag", String.valueOf(size))));
            }
        });
    }

    private Instant modified(@Nullable String header) throws StoreFailure {
        try {
            return roundedUp(
                    ZonedDateTime.parse(Objects.requireNonNullElse(header, ""), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
        } catch (DateTimeParseException e) {
            throw new StoreFailure(
                    "The server at " + settings.address()
                            + " tells no time of its files (Last-Modified); it cannot be used as a store.",
                    false,
                    e);
        }
    }

    @Override
    InputStream read(String key, long offset) throws IOException {
        return Retry.of(() -> {
            Request.Builder request = request(key).get();
            if (offset > 0) {
                request.header("Range", "bytes=" + offset + "-");
            }
            Response answer = answer(request.build());
            try {
                if (answer.code() == 404) {
                    throw new NoSuchFileException(key);
                }
                success(answer, key);
                InputStream in = answer.body().byteStream();
                if (offset > 0 && answer.code() != 206) {
                    in.skipNBytes(offset);
                }
                return in;
            } catch (IOException | RuntimeException e) {
                answer.close();
                throw e;
            }
        });
    }

    @Override
    void remove(String key) throws IOException {
        Retry.of(() -> {
            try (Response answer = ask("DELETE", key, null)) {
                return answer.code() == 404 || success(answer, key);
            }
        });
    }

    @Override
    List<Entry> list(String folder) throws IOException {
        return Retry.of(() -> {
            Request question = request(folder)
                    .method("PROPFIND", RequestBody.create(MultiStatus.question(), XML))
                    .header("Depth", "1")
                    .build();
            try (Response answer = answer(question)) {
                if (answer.code() == 404) {
                    return List.<Entry>of();
                }
                success(answer, folder);
                return MultiStatus.read(answer.body().byteStream(), address(folder));
            }
        });
    }

    @Override
    public void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }

    private URI address(String key) {
        return settings.address().resolve(key);
    }

    private Request.Builder request(String key) {
        Request.Builder request =
                new Request.Builder().url(address(key).toString()).header("Accept-Encoding", "identity");
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    private Response ask(String method, String key, @Nullable RequestBody body) throws IOException {
        return answer(request(key).method(method, body).build());
    }

    private Response answer(Request request) throws IOException {
        try {
            return http.newCall(request).execute();
        } catch (SSLException e) {
            throw new StoreFailure(
                    "The certificate of the file server at " + settings.address() + " is not believed ("
                            + e.getMessage() + "); use one of a known authority, or add it to this Java's.",
                    false,
                    e);
        } catch (SocketTimeoutException e) {
            throw new StoreFailure(
                    "The file server at " + settings.address() + " takes too long to answer; look at its load and log.",
                    true,
                    e);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreFailure(
                    "The file server at " + settings.address() + " does not answer (" + e.getMessage()
                            + "); check that it runs and that the address is right.",
                    true,
                    e);
        }
    }

    private boolean success(Response answer, String key) throws IOException {
        passing(answer, key);
        if (!answer.isSuccessful()) {
            throw refused(answer.code(), key, answer.request().method());
        }
        return true;
    }

    private void passing(Response answer, String key) throws StoreFailure {
        int status = answer.code();
        if (status == 429 || status == 423 || status == 500 || (status > 501 && status < 505)) {
            throw refused(status, key, answer.request().method());
        }
    }

    private StoreFailure refused(int status, String key, String method) {
        String at = "The file server at " + settings.address();
        return switch (status) {
            case 401 -> new StoreFailure(at + " does not accept the user and the password; check both.", false, null);
            case 403 ->
                new StoreFailure(
                        at + " does not let this user write (HTTP 403 for " + method + " " + key
                                + "); give the right to read, write, delete and list in that folder.",
                        false,
                        null);
            case 404, 409 ->
                new StoreFailure(
                        at + " has no such folder (HTTP " + status + " for " + key
                                + "); make it there, or name another.",
                        false,
                        null);
            case 405, 501 ->
                new StoreFailure(
                        at + " does not know " + method + "; switch WebDAV on there, with "
                                + "PUT, DELETE, MKCOL, MOVE and PROPFIND.",
                        false,
                        null);
            case 413 ->
                new StoreFailure(at + " takes no files of that size; raise its limit for uploads.", false, null);
            case 507 -> new StoreFailure(at + " has no room; make some there.", false, null);
            default ->
                new StoreFailure(
                        at + " answered HTTP " + status + "; look at its log.",
                        status >= 500 || status == 429 || status == 423,
                        null);
        };
    }

    /** A body that comes from a stream: sent once, and whatever breaks in the stream is told apart from the line. */
    private static final class Streamed extends RequestBody {
        private final InputStream in;
        private final long size;
        private long sent;
        private @Nullable IOException broken;

        Streamed(InputStream in, long size) {
            this.in = in;
            this.size = size;
        }

        @Override
        public MediaType contentType() {
            return BYTES;
        }

        @Override
        public long contentLength() {
            return size;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            byte[] buffer = new byte[BUFFER];
            while (true) {
                int n;
                try {
                    n = in.read(buffer);
                } catch (IOException e) {
                    broken = e;
                    throw e;
                }
                if (n < 0) {
                    return;
                }
                sink.write(buffer, 0, n);
                sent += n;
            }
        }
    }
}

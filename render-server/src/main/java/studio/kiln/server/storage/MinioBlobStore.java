package studio.kiln.server.storage;

import io.minio.AbortMultipartUploadArgs;
import io.minio.CompleteMultipartUploadArgs;
import io.minio.CopyObjectArgs;
import io.minio.CreateMultipartUploadArgs;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.HeadObjectResponse;
import io.minio.Http;
import io.minio.ListMultipartUploadsArgs;
import io.minio.ListObjectsV2Args;
import io.minio.MinioAsyncClient;
import io.minio.PutObjectAPIArgs;
import io.minio.RemoveObjectArgs;
import io.minio.SourceObject;
import io.minio.StatObjectArgs;
import io.minio.UploadPartArgs;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import io.minio.messages.ListBucketResultV2;
import io.minio.messages.ListMultipartUploadsResult;
import io.minio.messages.ListObjectsResult;
import io.minio.messages.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;

/**
 * Blobs in a bucket with the interface of S3. Large ones go in parts of 16 MiB, each of which the store checks on arrival
 * and each of which is sent again by itself; at most an eighth of the heap holds parts at any time. A put of one request
 * and the completion of parts show the whole file or nothing, as S3 promises.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html">Multipart upload</a>
 */
public final class MinioBlobStore extends RemoteBlobStore {
    private static final Logger LOG = LoggerFactory.getLogger(MinioBlobStore.class);
    private static final int PART = 16 << 20;
    private static final int MOST_PARTS = 10_000;
    private static final int PAGE = 1000;
    /** Of one request; copying a large file inside the store is the longest. */
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final S3Settings settings;
    private final S3Errors errors;
    private final OkHttpClient http;
    private final MinioAsyncClient client;
    private final @Nullable MinioAsyncClient signer;
    private final int page;
    private final Semaphore buffers =
            new Semaphore((int) Math.clamp(Runtime.getRuntime().maxMemory() / 8 / PART, 1, 16));

    /** Does not talk to the store yet; {@link #check} does. */
    public MinioBlobStore(S3Settings settings) {
        this(settings, PAGE);
    }

    /** @param page how many names a listing asks for at once */
    MinioBlobStore(S3Settings settings, int page) {
        this.settings = settings;
        this.errors = new S3Errors(settings);
        this.page = page;
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(256);
        dispatcher.setMaxRequestsPerHost(128);
        // without the retries of the library: these here pause at random, and know which failures pass
        this.http = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectTimeout(Duration.ofSeconds(10))
                .readTimeout(Duration.ofSeconds(60))
                .writeTimeout(Duration.ofSeconds(60))
                .build();
        this.client = client(settings.endpoint());
        URI outside = settings.publicEndpoint();
        this.signer = outside == null ? null : client(outside);
    }

    private MinioAsyncClient client(URI endpoint) {
        MinioAsyncClient made = MinioAsyncClient.builder()
                .endpoint(endpoint.toString())
                .region(settings.region())
                .credentials(settings.accessKey(), settings.secretKey())
                .httpClient(http)
                .build();
        if (settings.virtualHosts()) {
            made.enableVirtualStyleEndpoint();
        } else {
            made.disableVirtualStyleEndpoint();
        }
        return made;
    }

    @Override
    void write(String key, InputStream in, long size, @Nullable Sha256 digest) throws IOException {
        boolean small = size >= 0 && size <= PART;
        if (!small) {
            acquire();
        }
        try {
            byte[] part = small ? in.readNBytes((int) size + 1) : new byte[PART];
            int length = small ? part.length : in.readNBytes(part, 0, PART);
            MessageDigest sum = Sha256.digest();
            sum.update(part, 0, length);
            if (small || length < PART) {
                verify(digest, sum);
                send(key, part, length);
            } else {
                sendParts(key, part, in, sum, digest);
            }
        } finally {
            if (!small) {
                buffers.release();
            }
        }
    }

    private void send(String key, byte[] bytes, int length) throws IOException {
        Http.Headers sums = sums(bytes, length);
        ask(
                key,
                () -> client.putObject(PutObjectAPIArgs.builder()
                        .bucket(settings.bucket())
                        .object(settings.prefix() + key)
                        .data(bytes, length)
                        .headers(sums)
                        .build()));
    }

    /**
     * The store compares what arrives with both. The newer {@code x-amz-checksum} headers are refused by stores that do
     * not know them; these two are older than all of them.
     */
    private static Http.Headers sums(byte[] bytes, int length) {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            MessageDigest sha256 = Sha256.digest();
            md5.update(bytes, 0, length);
            sha256.update(bytes, 0, length);
            return new Http.Headers(
                    Http.Headers.CONTENT_MD5,
                    Base64.getEncoder().encodeToString(md5.digest()),
                    Http.Headers.X_AMZ_CONTENT_SHA256,
                    Sha256.of(sha256).hex());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has MD5", e);
        }
    }

    private void sendParts(String key, byte[] buffer, InputStream rest, MessageDigest sum, @Nullable Sha256 digest)
            throws IOException {
        String object = settings.prefix() + key;
        String upload = ask(
                        key,
                        () -> client.createMultipartUpload(CreateMultipartUploadArgs.builder()
                                .bucket(settings.bucket())
                                .object(object)
                                .build()))
                .result()
                .uploadId();
        boolean complete = false;
        try {
            List<Part> parts = new ArrayList<>();
            for (int length = buffer.length; length > 0; length = rest.readNBytes(buffer, 0, buffer.length)) {
                if (parts.size() == MOST_PARTS) {
                    throw new StoreFailure(
                            "A file may have at most " + (long) MOST_PARTS * PART + " bytes in this store.",
                            false,
                            null);
                }
                int number = parts.size() + 1;
                int bytes = length;
                Http.Headers sums = sums(buffer, bytes);
                if (number > 1) {
                    sum.update(buffer, 0, bytes);
                }
                parts.add(ask(
                                key,
                                () -> client.uploadPart(UploadPartArgs.builder()
                                        .bucket(settings.bucket())
                                        .object(object)
                                        .uploadId(upload)
                                        .partNumber(number)
                                        .data(buffer, bytes)
                                        .headers(sums)
                                        .build()))
                        .part());
                if (length < buffer.length) {
                    break;
                }
            }
            verify(digest, sum);
            ask(
                    key,
                    () -> client.completeMultipartUpload(CompleteMultipartUploadArgs.builder()
                            .bucket(settings.bucket())
                            .object(object)
                            .uploadId(upload)
                            .parts(parts.toArray(Part[]::new))
                            .build()));
            complete = true;
        } finally {
            if (!complete) {
                abort(object, upload);
            }
        }
    }

    private static void verify(@Nullable Sha256 expected, MessageDigest fed) throws DigestMismatch {
        if (expected != null) {
            check(expected, Sha256.of(fed));
        }
    }

    private void abort(String object, String upload) {
        try {
            ask(
                    object,
                    () -> client.abortMultipartUpload(AbortMultipartUploadArgs.builder()
                            .bucket(settings.bucket())
                            .object(object)
                            .uploadId(upload)
                            .build()));
        } catch (IOException e) {
            LOG.debug("An unfinished upload stays until it is swept: {}", e.getMessage());
        }
    }

    @Override
    void place(String staged, String key, @Nullable String tag) throws IOException {
        Facts facts = facts(staged).orElseThrow(() -> new NoSuchFileException(staged));
        String expected = tag == null ? facts.tag() : tag;
        if (!expected.equals(facts.tag())) {
            throw new StoreFailure("The upload was changed while it was looked at; send it again.", false, null);
        }
        SourceObject named = SourceObject.builder()
                .bucket(settings.bucket())
                .object(settings.prefix() + staged)
                .matchETag(expected)
                .build();
        // the store itself compares the tag: whoever may still write the staged key cannot slip in other bytes
        ask(
                key,
                () -> client.copyObject(CopyObjectArgs.builder()
                        .bucket(settings.bucket())
                        .object(settings.prefix() + key)
                        .source(new SourceObject(named, facts.size(), expected))
                        .build()));
    }

    @Override
    Optional<Facts> facts(String key) throws IOException {
        try {
            HeadObjectResponse head = ask(
                    key,
                    () -> client.statObject(StatObjectArgs.builder()
                            .bucket(settings.bucket())
                            .object(settings.prefix() + key)
                            .build()));
            return Optional.of(
                    new Facts(head.size(), roundedUp(head.lastModified().toInstant()), head.etag()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    InputStream read(String key, long offset) throws IOException {
        return ask(
                key,
                () -> client.getObject(GetObjectArgs.builder()
                        .bucket(settings.bucket())
                        .object(settings.prefix() + key)
                        .offset(offset == 0 ? null : offset)
                        .build()));
    }

    @Override
    void remove(String key) throws IOException {
        try {
            ask(
                    key,
                    () -> client.removeObject(RemoveObjectArgs.builder()
                            .bucket(settings.bucket())
                            .object(settings.prefix() + key)
                            .build()));
        } catch (NoSuchFileException e) {
            // S3 says nothing here, some stores do
        }
    }

    @Override
    List<Entry> list(String folder) throws IOException {
        List<Entry> all = new ArrayList<>();
        String prefix = settings.prefix() + folder;
        @Nullable String next = null;
        do {
            String token = next;
            ListBucketResultV2 result = ask(folder, () -> {
                        ListObjectsV2Args.Builder args = ListObjectsV2Args.builder()
                                .bucket(settings.bucket())
                                .prefix(prefix)
                                .delimiter("/")
                                .maxKeys(page);
                        return client.listObjectsV2((token == null ? args : args.continuationToken(token)).build());
                    })
                    .result();
            for (ListObjectsResult.Prefix deeper : result.commonPrefixes()) {
                String name = deeper.toItem().objectName();
                all.add(new Entry(name.substring(prefix.length(), name.length() - 1), true, 0, Instant.EPOCH));
            }
            for (Item item : result.contents()) {
                if (item.objectName().length() > prefix.length()) {
                    all.add(new Entry(
                            item.objectName().substring(prefix.length()),
                            false,
                            item.size(),
                            roundedUp(item.lastModified().toInstant())));
                }
            }
            next = result.isTruncated() ? result.nextContinuationToken() : null;
        } while (next != null && !next.isEmpty());
        return all;
    }

    @Override
    public int sweep(Duration age) throws IOException {
        Instant before = Instant.now().minus(age);
        int removed = super.sweep(age);
        List<ListMultipartUploadsResult.Upload> unfinished;
        try {
            unfinished = unfinished();
        } catch (StoreFailure e) {
            if (e.isPassing()) {
                throw e;
            }
            LOG.debug(
                    "This store does not list unfinished uploads; let a rule of its own remove them: {}",
                    e.getMessage());
            return removed;
        }
        for (ListMultipartUploadsResult.Upload upload : unfinished) {
            if (upload.initiated().toInstant().isBefore(before)) {
                abort(upload.objectName(), upload.uploadId());
                removed++;
            }
        }
        return removed;
    }

    /** Uploads of parts that were neither completed nor given up. */
    private List<ListMultipartUploadsResult.Upload> unfinished() throws IOException {
        List<ListMultipartUploadsResult.Upload> all = new ArrayList<>();
        ListMultipartUploadsResult result;
        @Nullable String key = null;
        @Nullable String id = null;
        do {
            String keyMarker = key;
            String idMarker = id;
            result = ask(settings.prefix(), () -> {
                        ListMultipartUploadsArgs.Builder args = ListMultipartUploadsArgs.builder()
                                .bucket(settings.bucket())
                                .prefix(settings.prefix())
                                .maxUploads(page);
                        if (keyMarker != null && idMarker != null) {
                            args.keyMarker(keyMarker).uploadIdMarker(idMarker);
                        }
                        return client.listMultipartUploads(args.build());
                    })
                    .result();
            all.addAll(result.uploads());
            key = result.nextKeyMarker();
            id = result.nextUploadIdMarker();
        } while (result.isTruncated() && key != null && id != null);
        return all;
    }

    @Override
    public Optional<DirectTransfer> direct() {
        MinioAsyncClient signs = signer;
        return signs == null ? Optional.empty() : Optional.of(new Presigned(signs));
    }

    private final class Presigned implements DirectTransfer {
        private final MinioAsyncClient signs;

        Presigned(MinioAsyncClient signs) {
            this.signs = signs;
        }

        @Override
        public URI download(Sha256 digest, Duration validFor) throws IOException {
            return sign(Http.Method.GET, blob(digest), validFor);
        }

        @Override
        public Place upload(Duration validFor) throws IOException {
            String name = UUID.randomUUID().toString();
            return new Place(name, sign(Http.Method.PUT, staged(name), validFor));
        }

        @Override
        public Blob accept(String name, Sha256 expected, long mostBytes) throws IOException {
            return MinioBlobStore.this.accept(name, expected, mostBytes);
        }

        private URI sign(Http.Method method, String key, Duration validFor) throws IOException {
            try {
                return URI.create(signs.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                        .method(method)
                        .bucket(settings.bucket())
                        .object(settings.prefix() + key)
                        .expiry(Math.toIntExact(validFor.toSeconds()))
                        .build()));
            } catch (MinioException e) {
                throw errors.of(e, key);
            }
        }
    }

    @Override
    public void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }

    private void acquire() throws InterruptedIOException {
        try {
            buffers.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for memory for an upload");
        }
    }

    @FunctionalInterface
    private interface Question<T> {
        CompletableFuture<T> ask() throws MinioException;
    }

    private <T> T ask(String key, Question<T> question) throws IOException {
        return Retry.of(() -> once(key, question));
    }

    private <T> T once(String key, Question<T> question) throws IOException {
        CompletableFuture<T> answer;
        try {
            answer = question.ask();
        } catch (MinioException e) {
            throw errors.of(e, key);
        }
        try {
            return answer.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw errors.of(cause(e), key);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw errors.of(new SocketTimeoutException("no end after " + LONGEST), key);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while the store was asked");
        }
    }

    private static Throwable cause(ExecutionException e) {
        Throwable cause = e;
        while (cause instanceof ExecutionException || cause instanceof CompletionException) {
            Throwable deeper = cause.getCause();
            if (deeper == null) {
                break;
            }
            cause = deeper;
        }
        return cause;
    }
}

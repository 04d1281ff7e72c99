package studio.kiln.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;

class MinioBlobStoreTest extends BlobStoreContract {
    private final Endpoint s3 = TestServices.s3();
    private final String prefix = "test-" + UUID.randomUUID() + "/";
    private final HttpClient http = HttpClient.newHttpClient();

    @Override
    MinioBlobStore open() {
        return new MinioBlobStore(settings(s3.database(), s3.user(), s3.password()), 3);
    }

    @Test
    void aClientFetchesABlobAndUploadsAFileWithoutTheServerBetweenThem() throws Exception {
        DirectTransfer direct = open().direct().orElseThrow();
        Sha256 clay = open().put(stream("clay"), null).digest();
        assertThat(http.send(
                                HttpRequest.newBuilder(direct.download(clay, Duration.ofMinutes(1)))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body())
                .isEqualTo("clay");
        DirectTransfer.Place place = direct.upload(Duration.ofMinutes(1));
        assertThat(put(place.address(), "glaze")).isEqualTo(200);
        assertThat(open().size(Sha256.of("glaze")))
                .as("not before it was checked")
                .isEmpty();
        assertThat(direct.accept(place.name(), Sha256.of("glaze"), 100).size()).isEqualTo(5);
        assertThat(read(Sha256.of("glaze"))).isEqualTo("glaze");
        assertThatThrownBy(() -> direct.accept(place.name(), Sha256.of("glaze"), 100))
                .as("the upload is gone")
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatAClientUploadedIsRefusedWhenItIsSomethingElseOrTooLarge() throws Exception {
        DirectTransfer direct = open().direct().orElseThrow();
        DirectTransfer.Place other = direct.upload(Duration.ofMinutes(1));
        put(other.address(), "mud");
        assertThatThrownBy(() -> direct.accept(other.name(), Sha256.of("clay"), 100))
                .isInstanceOf(DigestMismatch.class);
        DirectTransfer.Place large = direct.upload(Duration.ofMinutes(1));
        put(large.address(), "clay");
        assertThatThrownBy(() -> direct.accept(large.name(), Sha256.of("clay"), 3))
                .isInstanceOf(StoreFailure.class)
                .hasMessageContaining("3 are allowed");
        assertThat(open().size(Sha256.of("clay"))).isEmpty();
    }

    @Test
    void aPlaceForUploadsGivesNoWayToTheBlobs() throws Exception {
        DirectTransfer direct = open().direct().orElseThrow();
        DirectTransfer.Place place = direct.upload(Duration.ofMinutes(1));
        Sha256 clay = Sha256.of("clay");
        String elsewhere =
                place.address().toString().replace("staging/client-" + place.name(), RemoteBlobStore.blob(clay));
        assertThat(put(URI.create(elsewhere), "mud")).isEqualTo(403);
        assertThat(put(direct.download(clay, Duration.ofMinutes(1)), "mud")).isEqualTo(403);
        assertThatThrownBy(() -> direct.accept("../" + RemoteBlobStore.blob(clay), clay, 100))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theMovedBytesAreThoseThatWereChecked() throws Exception {
        MinioBlobStore store = open();
        store.write("staging/x", stream("first"), 5, null);
        String tag = store.facts("staging/x").orElseThrow().tag();
        store.write("staging/x", stream("later"), 5, null);
        assertThatThrownBy(() -> store.place("staging/x", "blobs/x", tag)).hasMessageContaining("changed");
        assertThat(store.facts("blobs/x")).isEmpty();
    }

    @Test
    void uploadsInPartsThatNobodyFinishedAreGivenUp() throws Exception {
        MinioBlobStore store = open();
        InputStream endless = new InputStream() {
            private long left = 40L << 20;

            @Override
            public int read() throws IOException {
                throw new IOException("the line broke");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (left <= 0) {
                    return read();
                }
                left -= length;
                return length;
            }
        };
        assertThatThrownBy(() -> store.put(endless, null)).hasMessage("the line broke");
        assertThat(store.sweep(Duration.ofSeconds(-5))).as("left behind").isZero();
    }

    @Test
    void saysWhatIsWrongInASentence() throws Exception {
        assertThatThrownBy(() -> check(settings("no-such-bucket", s3.user(), s3.password())))
                .isInstanceOf(StoreFailure.class)
                .hasMessageContaining("The bucket 'no-such-bucket' does not exist");
        assertThatThrownBy(() -> check(settings(s3.database(), "nobody", s3.password())))
                .isInstanceOf(StoreFailure.class)
                .hasMessageContaining("does not know the access key");
        assertThatThrownBy(() -> check(settings(s3.database(), s3.user(), "wrong")))
                .isInstanceOf(StoreFailure.class)
                .hasMessageContaining("does not accept the secret key");
        try (ServerSocket nobody = new ServerSocket(0)) {
            int port = nobody.getLocalPort();
            nobody.close();
            S3Settings dead = new S3Settings(
                    URI.create("http://127.0.0.1:" + port), null, "us-east-1", "kiln", "", false, "a", "secret-key");
            assertThatThrownBy(() -> check(dead))
                    .isInstanceOf(StoreFailure.class)
                    .hasMessageContaining("does not answer")
                    .hasMessageNotContaining("secret-key");
        }
        assertThatThrownBy(() ->
                        new S3Settings(URI.create("https://a.example/path"), null, "r", "kiln", "", false, "a", "b"))
                .hasMessageContaining("without path");
    }

    @Test
    void theStoreIsReadWrittenAndListedByACheck() throws Exception {
        MinioBlobStore store = open();
        store.check();
        assertThat(store.list("staging/")).isEmpty();
    }

    private static void check(S3Settings settings) throws IOException {
        try (MinioBlobStore store = new MinioBlobStore(settings)) {
            store.check();
        }
    }

    private S3Settings settings(String bucket, String user, String password) {
        URI at = URI.create("http://" + s3.host() + ":" + s3.port());
        return new S3Settings(at, at, "us-east-1", bucket, prefix, false, user, password);
    }

    private int put(URI address, String body) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(address)
                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private String read(Sha256 digest) throws IOException {
        try (MinioBlobStore store = open();
                InputStream in = store.open(digest)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}

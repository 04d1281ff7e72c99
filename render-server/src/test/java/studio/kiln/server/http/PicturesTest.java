package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Permission;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.LoopbackGate;
import studio.kiln.server.storage.LocalBlobStore;

@Tag("contract")
class PicturesTest {
    @TempDir
    Path folder;

    private final byte[] bytes = new byte[300_000];
    private final HttpClient http = HttpClient.newHttpClient();
    private Sha256 digest;
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        new Random(1).nextBytes(bytes);
        LocalBlobStore store = new LocalBlobStore(folder);
        digest = store.put(new ByteArrayInputStream(bytes), null).digest();
        Pictures pictures = new Pictures(store);
        Route route = Route.get("/api/picture", "A picture")
                .needs(Permission.PUBLIC)
                .givesMedia("image/png", "It")
                .streamed()
                .by(call -> pictures.blob(call, digest, "image/png", "sc\u00e8ne \"1\"/0001.png"));
        server = HttpServer.start(
                HttpServer.Listening.loopback(0),
                new RouteTable(List.of(route)),
                new LoopbackGate("t", new Caller.LocalUser("me")),
                Guard.OPEN,
                new Activity());
    }

    @AfterEach
    void end() {
        http.close();
        server.close();
    }

    @Test
    void theWholePictureIsSentWithItsDigestAsTag() throws Exception {
        HttpResponse<byte[]> answer = get();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(bytes);
        assertThat(header(answer, "ETag")).isEqualTo("\"" + digest + "\"");
        assertThat(header(answer, "Cache-Control")).contains("immutable");
        assertThat(header(answer, "Content-Type")).isEqualTo("image/png");
        assertThat(header(answer, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(header(answer, "Content-Disposition"))
                .contains("filename*=UTF-8''sc%C3%A8ne%20%221%22%2F0001.png")
                .doesNotContain("\"1\"");
    }

    @Test
    void whoHasItAlreadyIsToldSo() throws Exception {
        HttpResponse<byte[]> answer = get("If-None-Match", "\"other\", W/\"" + digest + "\"");
        assertThat(answer.statusCode()).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-99, 0, 100",
        "bytes=100000-199999, 100000, 200000",
        "bytes=299999-, 299999, 300000",
        "bytes=299990-400000, 299990, 300000",
        "bytes=-10, 299990, 300000",
        "bytes=-400000, 0, 300000"
    })
    void aPartIsSentWhenAPartIsAskedFor(String range, int from, int to) throws Exception {
        HttpResponse<byte[]> answer = get("Range", range);
        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(bytes, from, to));
        assertThat(header(answer, "Content-Range")).isEqualTo("bytes " + from + "-" + (to - 1) + "/300000");
    }

    @ParameterizedTest
    @CsvSource({"bytes=300000-", "bytes=400000-500000", "bytes=-0"})
    void aPartBeyondTheEndIsRefusedWithTheSize(String range) throws Exception {
        HttpResponse<byte[]> answer = get("Range", range);
        assertThat(answer.statusCode()).isEqualTo(416);
        assertThat(header(answer, "Content-Range")).isEqualTo("bytes */300000");
    }

    @ParameterizedTest
    @CsvSource({"bytes=x-y", "bytes=5-2", "'bytes=0-1,4-5'", "lines=1-2"})
    void aRangeThatCannotBeServedGivesTheWhole(String range) throws Exception {
        HttpResponse<byte[]> answer = get("Range", range);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).hasSize(300_000);
    }

    @Test
    void aPartOfAnotherPictureIsNotMixedIn() throws Exception {
        HttpResponse<byte[]> answer = get("Range", "bytes=0-9", "If-Range", "\"other\"");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(get("Range", "bytes=0-9", "If-Range", "\"" + digest + "\"").statusCode())
                .isEqualTo(206);
    }

    @Test
    void aHeadRequestTellsTheSizeAndSendsNothing() throws Exception {
        HttpResponse<byte[]> answer = http.send(
                request().method("HEAD", HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Content-Length")).isEqualTo("300000");
        assertThat(answer.body()).isEmpty();
    }

    private HttpResponse<byte[]> get(String... headers) throws Exception {
        HttpRequest.Builder request = request();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.GET().build(), BodyHandlers.ofByteArray());
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/picture"));
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}

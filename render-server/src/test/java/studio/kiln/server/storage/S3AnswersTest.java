package studio.kiln.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers that a healthy store does not give. */
class S3AnswersTest {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int status = 200;
    private volatile String code = "";
    private volatile int passesAfter = Integer.MAX_VALUE;
    private HttpServer http;

    @BeforeEach
    void listen() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            boolean passed = asked.incrementAndGet() > passesAfter;
            byte[] body = (passed
                            ? "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>kiln</Name>"
                                    + "<IsTruncated>false</IsTruncated></ListBucketResult>"
                            : "<Error><Code>" + code + "</Code><Message>a message</Message></Error>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            exchange.sendResponseHeaders(passed ? 200 : status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        http.start();
    }

    @AfterEach
    void stop() {
        http.stop(0);
    }

    @Test
    void whatMayPassIsAskedAgain() throws IOException {
        answer(503, "SlowDown");
        passesAfter = 3;
        try (MinioBlobStore store = store()) {
            assertThat(store.list("staging/")).isEmpty();
        }
        assertThat(asked).hasValue(4);
    }

    @Test
    void aStoreThatStaysBusyIsGivenUp() {
        answer(503, "SlowDown");
        assertThatThrownBy(this::list).isInstanceOf(StoreFailure.class).hasMessageContaining("SlowDown");
        assertThat(asked).hasValue(5);
    }

    @Test
    void whatDoesNotPassIsSaidAtOnceInASentence() {
        Map.of(
                        "RequestTimeTooSkewed", "set both by NTP",
                        "AccessDenied", "the right to read, write, delete and list",
                        "NoSuchBucket", "make it, or name another",
                        "AuthorizationHeaderMalformed", "set the region",
                        "XMinioStorageFull", "has no room")
                .forEach((told, sentence) -> {
                    asked.set(0);
                    answer(403, told);
                    assertThatThrownBy(this::list)
                            .as(told)
                            .isInstanceOf(StoreFailure.class)
                            .hasMessageContaining(sentence);
                    assertThat(asked).as(told).hasValue(1);
                });
    }

    @Test
    void theSettingsAreReadFromVariablesAndMistakesAreNamed() {
        assertThat(StoreSettings.of(Map.of())).isInstanceOf(StoreSettings.Local.class);
        assertThat(StoreSettings.of(Map.of(
                                "KILN_STORE_KIND", "s3",
                                "KILN_STORE_URL", "https://s3.example.org",
                                "KILN_STORE_BUCKET", "kiln",
                                "KILN_STORE_PREFIX", "farm",
                                "KILN_STORE_USER", "key",
                                "KILN_STORE_PASSWORD", "secret"))
                        .toString())
                .isEqualTo("https://s3.example.org/kiln/farm/");
        assertThatThrownBy(() -> StoreSettings.of(Map.of("KILN_STORE_KIND", "ftp")))
                .hasMessageContaining("'ftp'");
        assertThatThrownBy(() ->
                        StoreSettings.of(Map.of("KILN_STORE_KIND", "s3", "KILN_STORE_URL", "https://s3.example.org")))
                .hasMessageContaining("KILN_STORE_BUCKET");
    }

    private void answer(int with, String error) {
        status = with;
        code = error;
    }

    private void list() throws IOException {
        try (MinioBlobStore store = store()) {
            store.list("staging/");
        }
    }

    private MinioBlobStore store() {
        return new MinioBlobStore(new S3Settings(
                URI.create("http://127.0.0.1:" + http.getAddress().getPort()),
                null,
                "us-east-1",
                "kiln",
                "",
                false,
                "key",
                "secret-of-it"));
    }
}

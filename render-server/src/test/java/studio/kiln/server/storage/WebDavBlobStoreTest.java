package studio.kiln.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;

class WebDavBlobStoreTest extends BlobStoreContract {
    private final Endpoint dav = TestServices.webdav();
    private final String place = "/a farm %C3%A9/".replace(" ", "-" + UUID.randomUUID() + "-");

    @Override
    WebDavBlobStore open() {
        return new WebDavBlobStore(settings(place, dav.password()));
    }

    @Test
    void aFileThatSomethingDamagedIsReplacedByStoringItAgain() throws IOException {
        WebDavBlobStore store = open();
        Sha256 digest = store.put(stream("clay"), null).digest();
        store.remove(RemoteBlobStore.blob(digest));
        store.write(RemoteBlobStore.blob(digest), stream("cl"), 2, null);
        store.put(stream("clay"), null);
        assertThat(store.size(digest)).contains(4L);
    }

    @Test
    void saysWhatIsWrongInASentence() throws Exception {
        assertThatThrownBy(() -> check(settings(place, "wrong")))
                .isInstanceOf(StoreFailure.class)
                .hasMessageContaining("does not accept the user and the password");
        assertThatThrownBy(() -> check(settings("/no/such/parent/", dav.password())))
                .isInstanceOf(StoreFailure.class)
                .hasMessageContaining("has no such folder");
        try (ServerSocket nobody = new ServerSocket(0)) {
            int port = nobody.getLocalPort();
            nobody.close();
            assertThatThrownBy(() -> check(
                            new WebDavSettings(URI.create("http://127.0.0.1:" + port + "/x"), "kiln", "my-password")))
                    .isInstanceOf(StoreFailure.class)
                    .hasMessageContaining("does not answer")
                    .hasMessageNotContaining("my-password");
        }
        assertThatThrownBy(() -> new WebDavSettings(URI.create("http://kiln:secret@127.0.0.1/x"), "", ""))
                .hasMessageNotContaining("secret")
                .hasMessageContaining("the password apart");
    }

    @Test
    void theStoreIsReadWrittenAndListedByACheck() throws IOException {
        WebDavBlobStore store = open();
        store.check();
        assertThat(store.list("staging/")).isEmpty();
    }

    @Test
    void listingsOfOtherServersAreReadAndTheirEntitiesAreNot() throws IOException {
        String apache = """
                <?xml version="1.0" encoding="utf-8"?>
                <D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
                <D:response xmlns:lp1="DAV:"><D:href>/dav/a%20b/</D:href><D:propstat><D:prop>
                <lp1:resourcetype><D:collection/></lp1:resourcetype>
                <lp1:getlastmodified>Wed, 05 Mar 2025 10:11:12 GMT</lp1:getlastmodified></D:prop>
                <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
                <D:response xmlns:lp1="DAV:"><D:href>http://host/dav/a%20b/x%C3%A9.bin</D:href><D:propstat><D:prop>
                <lp1:resourcetype/><lp1:getcontentlength>12</lp1:getcontentlength>
                <lp1:getlastmodified>Wed, 05 Mar 2025 10:11:12 GMT</lp1:getlastmodified></D:prop>
                <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
                <D:response><D:href>/dav/a%20b/deeper/</D:href><D:propstat><D:prop>
                <D:resourcetype><D:collection/></D:resourcetype></D:prop></D:propstat></D:response>
                </D:multistatus>""";
        assertThat(MultiStatus.read(stream(apache), URI.create("http://host/dav/a%20b/")))
                .containsExactly(
                        new RemoteBlobStore.Entry("xé.bin", false, 12, Instant.parse("2025-03-05T10:11:12.999Z")),
                        new RemoteBlobStore.Entry("deeper", true, 0, Instant.EPOCH));
        String hostile = """
                <?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
                <D:multistatus xmlns:D="DAV:"><D:response><D:href>/&x;</D:href></D:response></D:multistatus>""";
        assertThatThrownBy(() -> MultiStatus.read(stream(hostile), URI.create("http://host/")))
                .isInstanceOf(StoreFailure.class)
                .hasMessageNotContaining("root:");
    }

    private static void check(WebDavSettings settings) throws IOException {
        try (WebDavBlobStore store = new WebDavBlobStore(settings)) {
            store.check();
        }
    }

    private WebDavSettings settings(String path, String password) {
        return new WebDavSettings(URI.create("http://" + dav.host() + ":" + dav.port() + path), dav.user(), password);
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}

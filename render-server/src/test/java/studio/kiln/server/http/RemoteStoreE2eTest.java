package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.backend.StandIn;
import studio.kiln.server.cli.e2e.EmbeddedOnly;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.storage.BlobGarbage;
import studio.kiln.server.storage.BlobStore;
import studio.kiln.server.storage.StoreSettings;

/** The way of a model through a server whose store is on another machine. */
@Tag("e2e")
@EmbeddedOnly("starts a server for each kind of store; the farm has one")
@Timeout(180)
class RemoteStoreE2eTest {
    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {"s3", "webdav"})
    void aModelIsUploadedRenderedAndDownloadedAndWhatNobodyNeedsIsCollected(String kind) throws Exception {
        Map<String, String> environment = new HashMap<>(store(kind));
        environment.put("KILN_BACKEND", "process");
        environment.put("KILN_BLENDER", StandIn.program().toString());
        environment.put("PATH", System.getenv("PATH"));
        try (RunningServer running = RunningServer.withNode(home, environment);
                BlobStore store = StoreSettings.of(environment).open(home)) {
            KilnClient client = running.client;
            awaitReady(running);
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> client.engines().stream().anyMatch(e -> e.problem() == null));
            ModelVersionView version = upload(client);
            TaskView submitted = client.submit(
                    new TaskRequest(
                            version.id(),
                            "Ring",
                            "1-2",
                            null,
                            new RenderSettings(null, 1, null, 32, 24, null, null, null, null, null, null, null, null),
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            null),
                    UUID.randomUUID());
            TaskView task = Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> client.task(submitted.id()), t -> t.state().isEnd());
            assertThat(task.state()).as(String.valueOf(task.why())).isEqualTo(TaskState.SUCCEEDED);

            List<ResultView> results = client.results(task.id(), null, 10).items();
            assertThat(results).hasSize(2);
            for (ResultView result : results) {
                Path target = home.resolve(result.id());
                client.download(result, target);
                assertThat(Sha256.of(target)).isEqualTo(result.sha256());
                HttpResponse<String> part = running.send(running.request("/api/results/" + result.id() + "/content")
                        .header("Range", "bytes=1-3"));
                assertThat(part.statusCode()).isEqualTo(206);
                assertThat(client.resultThumbnail(result.id(), 16)).isNotEmpty();
                assertThat(store.size(result.sha256())).isPresent();
            }
            assertThat(home.resolve("blobs"))
                    .as("nothing is kept beside the store")
                    .doesNotExist();

            Sha256 orphan = store.put(new ByteArrayInputStream(new byte[] {1, 2, 3}), null)
                    .digest();
            running.server.tidy();
            assertThat(store.size(orphan)).as("it is fresh").isPresent();
            List<Sha256> kept = results.stream().map(ResultView::sha256).toList();
            BlobGarbage garbage = new BlobGarbage(store, digests -> Set.copyOf(kept), Duration.ZERO);
            garbage.collect(false, Instant.now().plusSeconds(5));
            List<Sha256> left = new ArrayList<>();
            store.forEach(blob -> left.add(blob.digest()));
            assertThat(left).containsExactlyInAnyOrderElementsOf(Set.copyOf(kept));
        }
    }

    private static ModelVersionView upload(KilnClient client) throws Exception {
        Path ring = Path.of(
                RemoteStoreE2eTest.class.getResource("/assets/formats/ring.stl").toURI());
        try (ModelFiles files = ModelFiles.read(ring)) {
            ModelUpload upload = client.announce(new ModelSubmission(null, "Ring", null, files.manifest(), null));
            for (Path file : files.places().values()) {
                client.upload(upload.versionId(), Sha256.of(file), file, sent -> {}, () -> false);
            }
            client.complete(upload.versionId());
            ModelVersionView version = Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(
                            () -> client.versionAfter(upload.versionId(), Duration.ofSeconds(20)),
                            v -> v.state() != VersionState.INSPECTING);
            assertThat(version.state()).as(String.valueOf(version.problem())).isEqualTo(VersionState.READY);
            return version;
        }
    }

    private static void awaitReady(RunningServer running) {
        Awaitility.await()
                .until(() -> running.send(running.bare("/api/health/ready"))
                        .body()
                        .replace(" ", "")
                        .contains("\"store\":\"up\""));
    }

    private static Map<String, String> store(String kind) {
        if (kind.equals("s3")) {
            Endpoint s3 = TestServices.s3();
            return Map.of(
                    "KILN_STORE_KIND",
                    "s3",
                    "KILN_STORE_URL",
                    "http://" + s3.host() + ":" + s3.port(),
                    "KILN_STORE_BUCKET",
                    String.valueOf(s3.database()),
                    "KILN_STORE_PREFIX",
                    "server-" + UUID.randomUUID(),
                    "KILN_STORE_USER",
                    s3.user(),
                    "KILN_STORE_PASSWORD",
                    s3.password());
        }
        Endpoint dav = TestServices.webdav();
        return Map.of(
                "KILN_STORE_KIND",
                "webdav",
                "KILN_STORE_URL",
                "http://" + dav.host() + ":" + dav.port() + "/server-" + UUID.randomUUID(),
                "KILN_STORE_USER",
                dav.user(),
                "KILN_STORE_PASSWORD",
                dav.password());
    }
}

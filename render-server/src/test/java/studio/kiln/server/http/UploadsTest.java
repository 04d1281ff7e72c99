package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.ops.ServerConfig.UploadLimits;

@Tag("contract")
class UploadsTest {
    @TempDir
    Path home;

    @TempDir
    Path files;

    @Test
    void aModelIsAnnouncedSentAndInspected() throws Exception {
        Path blend = write("pot.blend", header("304") + "x".repeat(3000));
        Path texture = write("wood.png", "y");
        try (RunningServer running = RunningServer.start(home)) {
            Manifest manifest = manifest("scenes/pot.blend", blend, "tex/wood.png", texture);
            ModelUpload upload = running.client.announce(new ModelSubmission(null, "Pot", null, manifest, null));
            assertThat(upload.state()).isEqualTo(VersionState.UPLOADING);
            assertThat(upload.missing()).containsExactlyInAnyOrder(Sha256.of(blend), Sha256.of(texture));
            assertThatThrownBy(() -> running.client.complete(upload.versionId()))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("2 of 2 files");
            send(running.client, upload, blend, texture);
            ModelVersionView version = running.client.complete(upload.versionId());
            assertThat(version.state()).isEqualTo(VersionState.INSPECTING);
            assertThat(version.savedBy()).isEqualTo("3.4");
            assertThat(version.manifest()).isEqualTo(manifest);
            assertThat(running.client.models(null, null, 10).items())
                    .singleElement()
                    .satisfies(m -> assertThat(m.name()).isEqualTo("Pot"));
            assertThat(running.client.complete(upload.versionId()).state())
                    .as("to say it twice does no harm")
                    .isEqualTo(VersionState.INSPECTING);
        }
    }

    @Test
    void aFullDiskIsToldToWhoeverSendsWhateverIsLeftToSend() throws Exception {
        Path blend = write("pot.blend", header("304") + "x".repeat(3_000_000));
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload =
                    running.client.announce(new ModelSubmission(null, "Pot", null, manifest("pot.blend", blend), null));
            String metadata = "version " + base64(upload.versionId()) + ",sha256 "
                    + base64(Sha256.of(blend).hex());
            HttpResponse<String> created = running.send(running.request("/api/uploads")
                    .header("Tus-Resumable", "1.0.0")
                    .header("Upload-Length", Long.toString(Files.size(blend)))
                    .header("Upload-Metadata", metadata)
                    .POST(BodyPublishers.noBody()));
            String place = created.headers().firstValue("Location").orElseThrow();
            Path staged = uploadsFolder().resolve(place.substring(place.lastIndexOf('/') + 1));
            Files.createSymbolicLink(staged, Path.of("/dev/full"));
            HttpResponse<String> answer = running.send(running.request(place)
                    .header("Tus-Resumable", "1.0.0")
                    .header("Upload-Offset", "0")
                    .header("Content-Type", "application/offset+octet-stream")
                    .method("PATCH", BodyPublishers.ofFile(blend)));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(507);
            assertThat(answer.body()).contains("DISK_FULL").contains("no room on the server's disk");
        }
    }

    @Test
    void theSameFilesAgainAreNoNewVersion() throws Exception {
        Path blend = write("pot.blend", header("304"));
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload first = upload(running.client, "Pot", blend);
            ModelUpload second =
                    running.client.announce(new ModelSubmission(null, "Pot", null, manifest("pot.blend", blend), null));
            assertThat(second.versionId()).isEqualTo(first.versionId());
            assertThat(second.missing()).isEmpty();
        }
    }

    @Test
    void aFileThatIsRefusedAgainIsNoNewVersion() throws Exception {
        Path broken = write("broken.blend", "no blend at all");
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload first = upload(running.client, "Pot", broken);
            assertThat(running.client.version(first.versionId()).state()).isEqualTo(VersionState.UNUSABLE);
            ModelUpload second = upload(running.client, "Pot", broken);
            assertThat(second.versionId()).isEqualTo(first.versionId());
            ModelVersionView again = running.client.version(second.versionId());
            assertThat(again.state()).isEqualTo(VersionState.UNUSABLE);
            assertThat(again.problem()).contains("not a .blend");
            assertThat(running.client.versions(first.modelId())).hasSize(1);
        }
    }

    @Test
    void aChangedFileIsTheNextVersionAndOnlyItIsSent() throws Exception {
        Path blend = write("pot.blend", header("304"));
        Path texture = write("wood.png", "wood");
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload first = running.client.announce(
                    new ModelSubmission(null, "Pot", null, manifest("pot.blend", blend, "wood.png", texture), null));
            send(running.client, first, blend, texture);
            running.client.complete(first.versionId());
            Path other = write("oak.png", "oak");
            ModelUpload second = running.client.announce(
                    new ModelSubmission(null, "Pot", null, manifest("pot.blend", blend, "wood.png", other), null));
            assertThat(second.modelId()).isEqualTo(first.modelId());
            assertThat(second.version()).isEqualTo(2);
            assertThat(second.missing()).containsExactly(Sha256.of(other));
        }
    }

    @Test
    void aFileThatNothingCanReadIsToldInOneSentence() throws Exception {
        try (RunningServer running = RunningServer.start(home)) {
            assertUnusable(running, "a.blend", "no blend at all", "FILE_UNREADABLE", "not a .blend");
            assertUnusable(running, "b.blend", "", "FILE_UNREADABLE", "empty");
            assertUnusable(
                    running,
                    "c.glb",
                    "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
                    "FILE_UNREADABLE",
                    "git lfs pull");
            assertUnusable(running, "d.gltf", "<xml/>", "FILE_UNREADABLE", "not a glTF");
            assertUnusable(running, "e.glb", "glTF\2\0\0\0\377\377\0\0", "FILE_UNREADABLE", "cut off");
            assertUnusable(running, "f.ply", "solid", "FILE_UNREADABLE", "not a PLY");
            assertUnusable(running, "g.fbx", "; FBX 7.7.0 project file", "FILE_UNREADABLE", "text FBX");
        }
    }

    @Test
    void aModelWithoutAModelFileIsRefused() throws Exception {
        Path text = write("readme.txt", "x");
        try (RunningServer running = RunningServer.start(home)) {
            assertThatThrownBy(() -> running.client.announce(
                            new ModelSubmission(null, null, null, manifest("readme.txt", text), null)))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(422))
                    .hasMessageContaining("not a model that Kiln knows");
        }
    }

    @Test
    void whatIsTooLargeIsRefusedBeforeItIsSent() throws Exception {
        Path blend = write("pot.blend", header("304") + "x".repeat(100));
        UploadLimits small = new UploadLimits(50, 120, 2, Duration.ofHours(1));
        try (RunningServer running = RunningServer.start(home, config -> config.withLimits(small))) {
            assertThatThrownBy(() -> running.client.announce(
                            new ModelSubmission(null, null, null, manifest("pot.blend", blend), null)))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(413))
                    .hasMessageContaining("KILN_MOST_FILE_BYTES");
            Path part = write("a.png", "x".repeat(41));
            Path root = write("b.blend", header("304") + "y".repeat(20));
            assertThatThrownBy(() -> running.client.announce(new ModelSubmission(
                            null, null, null, manifest("b.blend", root, "1.png", part, "2.png", part), null)))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(413))
                    .hasMessageContaining("3 files");
        }
    }

    @Test
    void anUploadThatWasCutGoesOnWhereItWas() throws Exception {
        Path blend = random("big.blend", 5 << 20);
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload = announce(running.client, blend);
            String location = create(running, upload, blend);
            byte[] bytes = Files.readAllBytes(blend);
            cutAfter(running, location, bytes, 0, 1_500_000);
            long offset = awaitOffset(running, location, 100_000);
            assertThat(offset).isLessThanOrEqualTo(1_500_000);
            cutAfter(running, location, bytes, (int) offset, bytes.length - (int) offset - 1);
            offset = awaitOffset(running, location, offset + 1);
            HttpResponse<String> rest =
                    patch(running, location, offset, Arrays.copyOfRange(bytes, (int) offset, bytes.length));
            assertThat(rest.statusCode()).isEqualTo(204);
            assertThat(rest.headers().firstValue("Upload-Offset")).contains(Integer.toString(bytes.length));
            running.client.complete(upload.versionId());
        }
    }

    @Test
    void anUploadGoesOnAfterTheServerWasStartedAnew() throws Exception {
        Path blend = random("big.blend", 3 << 20);
        byte[] bytes = Files.readAllBytes(blend);
        String location;
        ModelUpload upload;
        try (RunningServer running = RunningServer.start(home)) {
            upload = announce(running.client, blend);
            location = create(running, upload, blend);
            assertThat(patch(running, location, 0, Arrays.copyOf(bytes, 1 << 20))
                            .statusCode())
                    .isEqualTo(204);
        }
        try (RunningServer running = RunningServer.start(home)) {
            assertThat(offset(running, location)).isEqualTo(1 << 20);
            assertThat(patch(running, location, 1 << 20, Arrays.copyOfRange(bytes, 1 << 20, bytes.length))
                            .statusCode())
                    .isEqualTo(204);
            running.client.complete(upload.versionId());
        }
    }

    @Test
    void bytesAtAnotherPlaceAreRefusedAndChangeNothing() throws Exception {
        Path blend = random("big.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            String location = create(running, announce(running.client, blend), blend);
            patch(running, location, 0, new byte[10]);
            HttpResponse<String> answer = patch(running, location, 5, new byte[10]);
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(RunningServer.problem(answer).detail()).contains("10 bytes have arrived");
            assertThat(offset(running, location)).isEqualTo(10);
        }
    }

    @Test
    void moreThanWasAnnouncedIsRefusedBeforeItIsRead() throws Exception {
        Path blend = random("big.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            String location = create(running, announce(running.client, blend), blend);
            HttpResponse<String> answer = running.send(tus(running, location)
                    .header("Upload-Offset", "0")
                    .header("Content-Type", "application/offset+octet-stream")
                    .method(
                            "PATCH",
                            BodyPublishers.fromPublisher(
                                    BodyPublishers.ofInputStream(() -> new Zeros(200L << 20)), 200L << 20)));
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(offset(running, location)).isZero();
        }
    }

    @Test
    void otherBytesThanThoseAnnouncedAreRefusedAtTheEnd() throws Exception {
        Path blend = random("big.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            String location = create(running, announce(running.client, blend), blend);
            HttpResponse<String> answer = patch(running, location, 0, new byte[1000]);
            assertThat(answer.statusCode()).isEqualTo(422);
            assertThat(RunningServer.problem(answer).code()).isEqualTo("DIGEST_MISMATCH");
            assertThat(running.send(tus(running, location).method("HEAD", BodyPublishers.noBody()))
                            .statusCode())
                    .as("it has to be begun anew")
                    .isEqualTo(404);
        }
    }

    @Test
    void twoWindowsMaySendTheSameModelAtOnce() throws Exception {
        Path blend = random("big.blend", 4 << 20);
        Path texture = random("wood.png", 1 << 20);
        Manifest manifest = manifest("big.blend", blend, "wood.png", texture);
        try (RunningServer running = RunningServer.start(home);
                KilnClient other = new KilnClient(running.server.address());
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<ModelVersionView>> windows = new ArrayList<>();
            for (KilnClient client : List.of(running.client, other)) {
                windows.add(threads.submit(() -> {
                    ModelUpload upload = client.announce(new ModelSubmission(null, "Pot", null, manifest, null));
                    send(client, upload, blend, texture);
                    return client.complete(upload.versionId());
                }));
            }
            for (Future<ModelVersionView> window : windows) {
                assertThat(window.get().state()).isEqualTo(VersionState.INSPECTING);
            }
            assertThat(running.client.models(null, null, 10).items()).isNotEmpty();
        }
    }

    @Test
    void aFileThatTheManifestDoesNotNameIsRefused() throws Exception {
        Path blend = random("big.blend", 1000);
        Path other = random("other.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload = announce(running.client, blend);
            assertThat(createAnswer(running, upload.versionId(), Sha256.of(other), 1000)
                            .statusCode())
                    .isEqualTo(422);
            assertThat(createAnswer(running, upload.versionId(), Sha256.of(blend), 999)
                            .statusCode())
                    .isEqualTo(422);
            assertThat(createAnswer(running, "none", Sha256.of(blend), 1000).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void anUploadThatIsGivenUpIsGone() throws Exception {
        Path blend = random("big.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            String location = create(running, announce(running.client, blend), blend);
            patch(running, location, 0, new byte[10]);
            assertThat(running.send(tus(running, location).DELETE()).statusCode())
                    .isEqualTo(204);
            assertThat(running.send(tus(running, location).method("HEAD", BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(home.resolve("staging/uploads")).isEmptyDirectory();
        }
    }

    @Test
    void creationMayBringTheBytes() throws Exception {
        Path blend = random("big.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload = announce(running.client, blend);
            HttpResponse<String> answer = running.send(creation(running, upload.versionId(), Sha256.of(blend), 1000)
                    .header("Content-Type", "application/offset+octet-stream")
                    .POST(BodyPublishers.ofFile(blend)));
            assertThat(answer.statusCode()).isEqualTo(201);
            assertThat(answer.headers().firstValue("Upload-Offset")).contains("1000");
            running.client.complete(upload.versionId());
        }
    }

    @Test
    void aClientThatCannotPatchSendsItAsPost() throws Exception {
        Path blend = random("big.blend", 1000);
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload = announce(running.client, blend);
            String location = create(running, upload, blend);
            HttpResponse<String> answer = running.send(tus(running, location)
                    .header("X-HTTP-Method-Override", "PATCH")
                    .header("Upload-Offset", "0")
                    .header("Content-Type", "application/offset+octet-stream")
                    .POST(BodyPublishers.ofFile(blend)));
            assertThat(answer.statusCode()).isEqualTo(204);
        }
    }

    @Test
    void theServerTellsWhatItKnowsOfTheProtocol() throws Exception {
        try (RunningServer running = RunningServer.start(home)) {
            HttpResponse<String> answer =
                    running.send(running.request("/api/uploads").method("OPTIONS", BodyPublishers.noBody()));
            assertThat(answer.statusCode()).isEqualTo(204);
            assertThat(answer.headers().firstValue("Tus-Version")).contains("1.0.0");
            assertThat(answer.headers().firstValue("Tus-Extension"))
                    .hasValueSatisfying(
                            v -> assertThat(v).contains("creation-with-upload", "expiration", "termination"));
            HttpResponse<String> old = running.send(running.request("/api/uploads")
                    .header("Tus-Resumable", "0.2.2")
                    .POST(BodyPublishers.noBody()));
            assertThat(old.statusCode()).isEqualTo(412);
            assertThat(old.headers().firstValue("Tus-Version")).contains("1.0.0");
        }
    }

    @Test
    void anUploadThatNothingComesForExpires() throws Exception {
        Path blend = random("big.blend", 1000);
        UploadLimits quick = new UploadLimits(1 << 20, 1 << 20, 10, Duration.ZERO);
        try (RunningServer running = RunningServer.start(home, config -> config.withLimits(quick))) {
            String location = create(running, announce(running.client, blend), blend);
            patch(running, location, 0, new byte[10]);
            running.server.tidy();
            assertThat(running.send(tus(running, location).method("HEAD", BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(home.resolve("staging/uploads")).isEmptyDirectory();
        }
    }

    @Test
    void aCancelledUploadEndsAtOnce() throws Exception {
        Path blend = random("big.blend", 20 << 20);
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload = announce(running.client, blend);
            assertThatThrownBy(() ->
                            running.client.upload(upload.versionId(), Sha256.of(blend), blend, sent -> {}, () -> true))
                    .isInstanceOf(InterruptedIOException.class);
        }
    }

    @Test
    void filesOfZeroBytesAreSentToo() throws Exception {
        Path blend = write("pot.blend", header("304"));
        Path empty = write("empty.png", "");
        try (RunningServer running = RunningServer.start(home)) {
            ModelUpload upload = running.client.announce(
                    new ModelSubmission(null, null, null, manifest("pot.blend", blend, "empty.png", empty), null));
            send(running.client, upload, blend, empty);
            assertThat(running.client.complete(upload.versionId()).state()).isEqualTo(VersionState.INSPECTING);
        }
    }

    private void assertUnusable(RunningServer running, String name, String content, String code, String sentence)
            throws IOException {
        Path file = files.resolve(name);
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        ModelUpload upload = upload(running.client, name, file);
        ModelVersionView version = running.client.version(upload.versionId());
        assertThat(version.state()).isEqualTo(VersionState.UNUSABLE);
        assertThat(version.problemCode()).isEqualTo(code);
        assertThat(version.problem()).contains(sentence);
    }

    private static ModelUpload upload(KilnClient client, String name, Path file) throws IOException {
        ModelUpload upload = client.announce(new ModelSubmission(
                null, name, null, manifest(file.getFileName().toString(), file), null));
        send(client, upload, file);
        client.complete(upload.versionId());
        return upload;
    }

    private static void send(KilnClient client, ModelUpload upload, Path... all) throws IOException {
        for (Path file : all) {
            if (upload.missing().contains(Sha256.of(file))) {
                client.upload(upload.versionId(), Sha256.of(file), file, sent -> {}, () -> false);
            }
        }
    }

    private static ModelUpload announce(KilnClient client, Path file) throws IOException {
        return client.announce(new ModelSubmission(
                null, null, null, manifest(file.getFileName().toString(), file), null));
    }

    private static String create(RunningServer running, ModelUpload upload, Path file) throws Exception {
        HttpResponse<String> answer = createAnswer(running, upload.versionId(), Sha256.of(file), Files.size(file));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.headers().firstValue("Upload-Expires")).isPresent();
        return answer.headers().firstValue("Location").orElseThrow();
    }

    private static HttpResponse<String> createAnswer(RunningServer running, String version, Sha256 digest, long size)
            throws Exception {
        return running.send(creation(running, version, digest, size).POST(BodyPublishers.noBody()));
    }

    private static HttpRequest.Builder creation(RunningServer running, String version, Sha256 digest, long size) {
        return tus(running, "/api/uploads")
                .header("Upload-Length", Long.toString(size))
                .header("Upload-Metadata", "sha256 " + base64(digest.hex()) + ",version " + base64(version));
    }

    private static HttpRequest.Builder tus(RunningServer running, String path) {
        return running.request(path).header("Tus-Resumable", "1.0.0");
    }

    private static HttpResponse<String> patch(RunningServer running, String location, long offset, byte[] bytes)
            throws Exception {
        return running.send(tus(running, location)
                .header("Upload-Offset", Long.toString(offset))
                .header("Content-Type", "application/offset+octet-stream")
                .method("PATCH", BodyPublishers.ofByteArray(bytes)));
    }

    private static long offset(RunningServer running, String location) throws Exception {
        HttpResponse<String> answer = running.send(tus(running, location).method("HEAD", BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        return Long.parseLong(answer.headers().firstValue("Upload-Offset").orElseThrow());
    }

    private static long awaitOffset(RunningServer running, String location, long least) {
        return Awaitility.await().until(() -> offset(running, location), offset -> offset >= least);
    }

    /** Sends so many bytes of a longer PATCH and breaks the line off. */
    private static void cutAfter(RunningServer running, String location, byte[] all, int offset, int count)
            throws IOException {
        int port = running.server.address().base().getPort();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            OutputStream out = socket.getOutputStream();
            out.write(("PATCH " + location + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                            + running.server.address().token() + "\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: " + offset
                            + "\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: "
                            + (all.length - offset) + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(all, offset, count);
            out.flush();
        }
    }

    private Path random(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        byte[] header = header("304").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(header, 0, bytes, 0, header.length);
        bytes[100] = (byte) name.hashCode();
        return Files.write(files.resolve(name), bytes);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(files.resolve(name), text);
    }

    private static Manifest manifest(Object... pathsAndFiles) throws IOException {
        List<ManifestFile> all = new ArrayList<>();
        for (int i = 0; i < pathsAndFiles.length; i += 2) {
            Path file = (Path) pathsAndFiles[i + 1];
            all.add(new ManifestFile((String) pathsAndFiles[i], Sha256.of(file), Files.size(file)));
        }
        return new Manifest((String) pathsAndFiles[0], all);
    }

    private static String header(String version) {
        return "BLENDER-v" + version;
    }

    private Path uploadsFolder() throws IOException {
        try (var all = Files.walk(home)) {
            return all.filter(path -> path.endsWith("uploads")).findFirst().orElseThrow();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}

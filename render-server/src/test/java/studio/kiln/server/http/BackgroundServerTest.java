package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ServerLocator;
import studio.kiln.server.ops.ServerConfig;

/** Servers that are processes of their own. */
@Tag("contract")
@Timeout(180)
class BackgroundServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path home;

    @TempDir
    Path files;

    @Test
    void twoThatNeedAServerAtOnceStartOneAndShareIt() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<ServerAddress>> found = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                found.add(threads.submit(() -> ServerLocator.findOrStart(home)));
            }
            ServerAddress first = found.getFirst().get();
            for (Future<ServerAddress> other : found) {
                assertThat(other.get()).isEqualTo(first);
            }
            long pid = pid();
            assertThat(pid).isNotEqualTo(ProcessHandle.current().pid());
            try (KilnClient client = new KilnClient(first)) {
                assertThat(client.server().dataFolder()).isEqualTo(home.toString());
                client.stop();
            }
            Awaitility.await().atMost(PATIENCE).until(() -> !isAlive(pid));
            assertThat(home.resolve("run/server.json")).doesNotExist();
            assertThat(home.resolve("logs/server.log")).isNotEmptyFile();
        }
    }

    @Test
    void aServerThatWasKilledIsReplacedByTheNextThatIsNeeded() throws Exception {
        Process server = start("-Xmx256m", Duration.ofMinutes(30));
        try {
            ServerAddress before = awaitServer();
            server.destroyForcibly().waitFor();
            assertThat(ServerLocator.find(home)).as("the file is still there").isEmpty();
            try (KilnServer next = KilnServer.start(
                    ServerConfig.of(java.util.Map.of()).withHome(home).withoutNode())) {
                assertThat(next.address()).isNotEqualTo(before);
                assertThat(ServerLocator.find(home)).contains(next.address());
            }
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void whoNeedsAServerWhileOneIsEndingGetsTheNext() throws Exception {
        try (KilnServer ending = KilnServer.start(
                ServerConfig.of(java.util.Map.of()).withHome(home).withoutNode())) {
            // as if it were ending: it owns the folder and tells nobody where it is
            Files.delete(home.resolve("run/server.json"));
            try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
                Future<ServerAddress> next = thread.submit(() -> ServerLocator.findOrStart(home));
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> Files.exists(home.resolve("logs/server.out"))
                                && Files.readString(home.resolve("logs/server.out"))
                                        .contains("already running"));
                ending.close();
                try (KilnClient client = new KilnClient(next.get())) {
                    client.stop();
                }
            }
        }
    }

    @Test
    void aServerThatNobodyUsesEndsByItself() throws Exception {
        Process server = start("-Xmx256m", Duration.ofSeconds(3));
        try {
            awaitServer();
            assertThat(server.waitFor(90, TimeUnit.SECONDS)).isTrue();
            assertThat(server.exitValue()).isZero();
            assertThat(home.resolve("run/server.json")).doesNotExist();
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void anUploadOfAnySizeTakesLittleMemory() throws Exception {
        Process server = start("-Xmx64m", Duration.ofMinutes(30));
        try (KilnClient client = new KilnClient(awaitServer())) {
            Path large = large(300);
            Sha256 digest = Sha256.of(large);
            Manifest manifest =
                    new Manifest("big.blend", List.of(new ManifestFile("big.blend", digest, Files.size(large))));
            ModelUpload upload = client.announce(new ModelSubmission(null, null, null, manifest, null));
            List<Long> steps = new ArrayList<>();
            client.upload(upload.versionId(), digest, large, steps::add, () -> false);
            assertThat(steps).isSorted().endsWith(Files.size(large));
            assertThat(client.complete(upload.versionId()).state()).isEqualTo(VersionState.INSPECTING);
            client.stop();
            assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.destroyForcibly();
        }
    }

    private Path large(int megabytes) throws IOException {
        byte[] block = new byte[1 << 20];
        new Random(3).nextBytes(block);
        Path file = files.resolve("big.blend");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write("BLENDER-v304".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            for (int i = 0; i < megabytes; i++) {
                out.write(block);
            }
        }
        return file;
    }

    private Process start(String heap, Duration idle) throws IOException {
        Files.createDirectories(home);
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        heap,
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        absolute(System.getProperty("java.class.path")),
                        ServerProcess.class.getName(),
                        home.toString(),
                        idle.toString())
                .redirectErrorStream(true)
                .redirectOutput(files.resolve("output.txt").toFile());
        return builder.start();
    }

    private static String absolute(String classPath) {
        List<String> entries = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private ServerAddress awaitServer() {
        return Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> ServerLocator.find(home), Optional::isPresent)
                .orElseThrow();
    }

    private long pid() throws IOException {
        return studio.kiln.core.api.ApiJson.STRICT
                .readTree(Files.readAllBytes(home.resolve("run/server.json")))
                .get("pid")
                .asLong();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}

package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;
import tools.jackson.databind.JsonNode;

/** Needs a Docker engine and the image {@code kiln/blender:4.3} ({@code blender-scripts/image/build-image.sh}). */
@Tag("blender")
class DockerBackendTest extends BackendContract {
    private static final String IMAGE = "kiln/blender:4.3";
    private static DockerEngine engine;

    private @Nullable DockerBackend backend;

    @BeforeAll
    static void connect() {
        engine = new DockerEngine(System.getenv());
        assertThat(engine.answers()).as("a Docker engine answers").isTrue();
    }

    @AfterAll
    static void disconnect() {
        engine.close();
    }

    @Override
    Backend backend() throws IOException {
        if (backend == null) {
            backend = new DockerBackend(home, SessionScripts.load(), System.getenv());
        }
        return backend;
    }

    @Override
    Backend restarted() throws IOException {
        return new DockerBackend(home, SessionScripts.load(), System.getenv());
    }

    @Override
    EngineBuild engine() throws IOException {
        return backend().examine(IMAGE);
    }

    @Override
    String put(Model model, Path in) throws IOException {
        return BlenderModels.put(model, in);
    }

    @Override
    boolean running(String session) {
        return !docker().listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of("studio.kiln.session", session))
                .exec()
                .isEmpty();
    }

    private static DockerClient docker() {
        return engine.control();
    }

    private static String container(BlenderSession session) {
        return docker().listContainersCmd()
                .withLabelFilter(Map.of("studio.kiln.session", session.id()))
                .exec()
                .getFirst()
                .getId();
    }

    @Override
    List<String> environment(BlenderSession session) {
        InspectContainerResponse seen =
                docker().inspectContainerCmd(container(session)).exec();
        return Arrays.asList(seen.getConfig().getEnv());
    }

    @Test
    void theImageIsFoundByItsLabel() throws Exception {
        assertThat(backend().discover()).anySatisfy(build -> {
            assertThat(build.place()).isEqualTo(IMAGE);
            assertThat(build.source()).isEqualTo("image");
            assertThat(build.version().series()).isEqualTo("4.3");
            assertThat(build.buildHash()).isNotBlank();
        });
    }

    @Test
    void anImageThatIsNotThereIsRefusedInOneSentence() throws Exception {
        Backend docker = backend();
        assertThatThrownBy(() -> docker.examine("kiln/none:0"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("kiln image build");
    }

    @Test
    void whereNoEngineAnswersThatIsSeenAtOnce() throws Exception {
        for (String host : List.of("unix://" + home.resolve("no.sock"), "tcp://192.0.2.1:2375")) {
            try (DockerBackend none = new DockerBackend(home, SessionScripts.load(), Map.of("DOCKER_HOST", host))) {
                long began = System.nanoTime();
                assertThat(none.discover()).isEmpty();
                assertThat(none.sweepOrphans()).isZero();
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(300));
            }
        }
    }

    @Test
    void aHostileFileIsShutIn() throws Exception {
        BlenderSession session = start(0);
        JsonNode could = Intruder.whatItCould(session, folder(session));
        for (String deed :
                List.of("read a secret", "reach the network", "write its input", "write the system", "read shadow")) {
            assertThat(could.get(deed).asBoolean()).as(deed).isFalse();
        }
        assertThat(could.get("uid").asInt()).isNotZero();
    }

    @Test
    void theContainerIsLocked() throws Exception {
        BlenderSession session = start(1L << 30);
        var host = docker().inspectContainerCmd(container(session)).exec().getHostConfig();
        assertThat(host.getNetworkMode()).isEqualTo("none");
        assertThat(host.getReadonlyRootfs()).isTrue();
        assertThat(host.getCapDrop()).extracting(Enum::name).containsExactly("ALL");
        assertThat(host.getSecurityOpts()).contains("no-new-privileges");
        assertThat(host.getInit()).isTrue();
        assertThat(host.getPidsLimit()).isPositive();
        assertThat(host.getMemory()).isEqualTo(1L << 30);
        assertThat(host.getMemorySwap()).isEqualTo(1L << 30);
    }

    @Test
    void wantOfMemoryIsToldFromACrash() throws Exception {
        BlenderSession session = start(1L << 30);
        String root = BlenderModels.put("hog", folder(session).resolve("in"));
        assertThatThrownBy(() -> session.call(
                        new SessionRequest.Open("hog", root, "blend", true, null, true, null), event -> {}))
                .isInstanceOfSatisfying(SessionDied.class, died -> {
                    assertThat(died.outOfMemory()).isTrue();
                    assertThat(died.crashed()).isFalse();
                });
    }

    @Test
    void aCrashLeavesItsLog() throws Exception {
        BlenderSession session = start(0);
        assertThatThrownBy(() -> open(session, Model.CRASH)).isInstanceOf(SessionDied.class);
        assertThat(session.crashLogs())
                .hasSize(1)
                .allSatisfy(log -> assertThat(Files.readString(log)).contains("backtrace"));
    }

    @Test
    void whatBlenderWroteCanBeRemoved() throws Exception {
        BlenderSession session = start(0);
        open(session, Model.PLAIN);
        assertThat(session.call(render(1), event -> {})).isInstanceOf(SessionEvent.Done.class);
        session.kill();
        Folders.delete(folder(session));
        assertThat(folder(session)).doesNotExist();
    }

    @Test
    void cpuTimeGrowsWhileBlenderWorks() throws Exception {
        BlenderSession session = start(0);
        open(session, Model.SLOW);
        inBackground(session, render(1), event -> {});
        Duration before = session.cpuTime().orElseThrow();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> session.cpuTime().orElseThrow().minus(before).compareTo(Duration.ofMillis(200)) > 0);
    }

    @Test
    void anEngineThatGoesAwayEndsTheSessionAndTheNextStartSweeps() throws Exception {
        Path socket = home.resolve("d.sock");
        Path folder = home.resolve("run").resolve("cut");
        try (Cable cable = new Cable(socket, Path.of("/var/run/docker.sock"));
                DockerBackend cut =
                        new DockerBackend(home, SessionScripts.load(), Map.of("DOCKER_HOST", "unix://" + socket))) {
            BlenderSession session = cut.start(
                    cut.examine(IMAGE), new Backend.SessionSpec("cut", folder, 1, 0, Backend.Priority.RENDER));
            session.awaitReady(LONG);
            String root = put(Model.SLOW, folder.resolve("in"));
            session.call(new SessionRequest.Open("open", root, "blend", false, null, true, null), event -> {});
            var first = new java.util.concurrent.CompletableFuture<SessionEvent>();
            var render = inBackground(session, render(1), first::complete);
            first.get();
            cable.close();
            assertThatThrownBy(() -> render.get(30, java.util.concurrent.TimeUnit.SECONDS))
                    .hasCauseInstanceOf(SessionDied.class);
            long began = System.nanoTime();
            session.kill();
            assertThat(cut.discover()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        }
        backend().sweepOrphans();
        assertThat(running("cut")).isFalse();
    }

    @Test
    void manySessionsOneAfterTheOtherLeaveNothingOpen() throws Exception {
        long before = openFiles();
        for (int i = 0; i < 6; i++) {
            start(0).kill();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> openFiles() <= before + 12);
    }

    private static long openFiles() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}

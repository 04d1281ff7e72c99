package studio.kiln.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.ProcessBackend;
import studio.kiln.server.backend.RealBlender;
import studio.kiln.server.backend.SessionScripts;

/** A node over the Blender of this machine, against a server in memory. */
@Tag("blender")
class NodeBlenderTest {
    @TempDir
    Path home;

    private FakeServer server;
    private @Nullable ProcessBackend backend;
    private @Nullable Node node;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer(home.resolve("store"));
        SessionScripts scripts = SessionScripts.load();
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("KILN_BLENDER", RealBlender.program().toString());
        backend = new ProcessBackend(home, scripts, environment);
        NodeSettings usual = NodeSettings.of(home, System.getenv());
        node = new Node(usual, scripts.version(), server, List.of(new OnlyNamed(backend)));
        node.start();
    }

    @AfterEach
    void end() {
        if (node != null) {
            node.close();
        }
        if (backend != null) {
            backend.close();
        }
    }

    private String awaitEnd(String attempt) {
        return await().atMost(Duration.ofMinutes(3)).until(() -> server.ends.get(attempt), end -> end != null);
    }

    private Assignment.Render render(byte[] file, RenderSettings settings, int from, int to) throws IOException {
        Assignment.Render task = server.task("anna", file, settings, from, to);
        server.slots.add(task);
        return task;
    }

    private static RenderSettings small(ImageFormat format) {
        return new RenderSettings(null, null, null, 48, 36, null, format, null, null, null, null, null, null);
    }

    @Test
    void picturesAreThoseOfPlainBlenderAlsoAfterATaskWithOtherSettings() throws Exception {
        byte[] file = RealBlender.plain();
        RenderSettings other = new RenderSettings(
                RenderEngine.WORKBENCH, 1, null, 20, 20, null, ImageFormat.JPEG, null, null, 7, null, null, null);
        assertThat(awaitEnd(render(file, other, 1, 1).attempt())).isEqualTo("finished");
        Assignment.Render task = render(file, RenderSettings.AS_IN_FILE, 1, 2);
        assertThat(awaitEnd(task.attempt())).isEqualTo("finished");
        Path plain = Files.createDirectories(home.resolve("plain"));
        RealBlender.animate(file, plain, 1, 2);
        for (ServerLink.Publication picture : server.published.get(task.attempt())) {
            BufferedImage ours =
                    ImageIO.read(server.store.resolve(picture.sha256().hex()).toFile());
            BufferedImage theirs = ImageIO.read(
                    plain.resolve("%04d.png".formatted(picture.output().frame()))
                            .toFile());
            assertThat(pixels(ours)).isEqualTo(pixels(theirs));
        }
    }

    @Test
    void everyFormatIsCheckedAndNamedByItsContent() throws Exception {
        byte[] file = RealBlender.plain();
        Map<ImageFormat, String> endings = Map.of(
                ImageFormat.PNG, "png",
                ImageFormat.PNG16, "png",
                ImageFormat.JPEG, "jpg",
                ImageFormat.EXR, "exr",
                ImageFormat.EXR_MULTILAYER, "exr");
        for (Map.Entry<ImageFormat, String> format : endings.entrySet()) {
            Assignment.Render task = render(file, small(format.getKey()), 1, 1);
            assertThat(awaitEnd(task.attempt())).as("%s", format.getKey()).isEqualTo("finished");
            assertThat(server.published.get(task.attempt())).singleElement().satisfies(picture -> {
                assertThat(picture.extension()).isEqualTo(format.getValue());
                assertThat(picture.width()).isEqualTo(48);
            });
        }
    }

    @Test
    void aBlenderKilledInTheMiddleIsToldAndTheNextRenders() throws Exception {
        Assignment.Render task = render(RealBlender.slow(), RenderSettings.AS_IN_FILE, 1, 1);
        await().atMost(Duration.ofMinutes(1)).until(() -> !server.progress.isEmpty());
        ProcessHandle.current()
                .descendants()
                .filter(process -> process.children().findAny().isEmpty())
                .forEach(ProcessHandle::destroyForcibly);
        assertThat(awaitEnd(task.attempt())).isEqualTo("failed");
        assertThat(server.faults.get(task.attempt()).kind()).isEqualTo(FailureKind.TRANSIENT);
        assertThat(awaitEnd(render(RealBlender.plain(), small(ImageFormat.PNG), 1, 1)
                        .attempt()))
                .isEqualTo("finished");
    }

    @Test
    void aLongRenderThatIsNotWantedStopsWithinSeconds() throws Exception {
        Assignment.Render task =
                server.task("anna", Map.of("slow.blend", RealBlender.slow()), RenderSettings.AS_IN_FILE, 1, 1, 60);
        server.slots.add(task);
        await().atMost(Duration.ofMinutes(1)).until(() -> !server.progress.isEmpty());
        long began = System.nanoTime();
        server.revoke(task.attempt());
        await().atMost(Duration.ofSeconds(20)).until(() -> !node.attempts().contains(task.attempt()));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aFileCutOffIsToldInOneSentence() throws Exception {
        byte[] whole = RealBlender.plain();
        byte[] half = java.util.Arrays.copyOf(whole, whole.length / 2);
        Assignment.Render task = render(half, small(ImageFormat.PNG), 1, 1);
        assertThat(awaitEnd(task.attempt())).isEqualTo("failed");
        assertThat(server.faults.get(task.attempt())).satisfies(fault -> {
            assertThat(fault.kind()).isEqualTo(FailureKind.PERMANENT);
            assertThat(fault.message()).isNotBlank().doesNotContain("Traceback");
        });
    }

    @Test
    void anEngineIsOfUseAtOnceAndProvesEeveeAfterwards() {
        await().atMost(Duration.ofMinutes(5))
                .untilAsserted(() -> assertThat(server.engines).singleElement().satisfies(engine -> {
                    assertThat(engine.capabilities()).isNotNull();
                    assertThat(engine.capabilities().engines()).containsEntry("cycles", true);
                    assertThat(engine.capabilities().engines()).containsKey("eevee");
                }));
    }

    @Test
    @Tag("long")
    void framesFollowEachOtherAsQuicklyAsInPlainBlender() throws Exception {
        byte[] file = RealBlender.bench();
        awaitEnd(render(file, RenderSettings.AS_IN_FILE, 1, 2).attempt());
        Path plain = Files.createDirectories(home.resolve("plain"));
        long began = System.nanoTime();
        RealBlender.animate(file, plain, 1, 60);
        double theirs = (System.nanoTime() - began) / 1e9;
        began = System.nanoTime();
        Assignment.Render task = render(file, RenderSettings.AS_IN_FILE, 1, 60);
        awaitEnd(task.attempt());
        double ours = (System.nanoTime() - began) / 1e9;
        double inBlender = server.published.get(task.attempt()).stream()
                .mapToDouble(ServerLink.Publication::seconds)
                .sum();
        System.out.printf(
                "plain %.2f s, node %.2f s (in Blender %.2f s), ratio %.3f%n", theirs, ours, inBlender, ours / theirs);
        assertThat(ours / theirs).isLessThan(1.25);
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}

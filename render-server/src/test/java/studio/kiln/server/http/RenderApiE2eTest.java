package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.EventStream;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.TaskState;

/** What the API gives of a model that a real Blender has rendered. */
@Tag("e2e")
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RenderApiE2eTest {
    @TempDir
    static Path home;

    private RunningServer running;
    private KilnClient client;
    private ModelVersionView version;
    private TaskView task;
    private final List<ServerEvent> events = new ArrayList<>();

    @BeforeAll
    void render() throws Exception {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("KILN_BACKEND", "process");
        environment.put("KILN_THREADS", "1");
        running = RunningServer.ofThisRun(home, environment);
        client = running.client;
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .until(() -> client.engines().stream().anyMatch(e -> e.problem() == null));
        Path ring = Path.of(getClass().getResource("/assets/formats/ring.stl").toURI());
        try (ModelFiles files = ModelFiles.read(ring)) {
            ModelUpload upload =
                    client.announce(new ModelSubmission(null, "Ring \u00e9", null, files.manifest(), null));
            for (Path file : files.places().values()) {
                client.upload(upload.versionId(), Sha256.of(file), file, sent -> {}, () -> false);
            }
            client.complete(upload.versionId());
            version = Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(
                            () -> client.versionAfter(upload.versionId(), Duration.ofSeconds(20)),
                            v -> v.state() != VersionState.INSPECTING);
        }
        RenderSettings settings =
                new RenderSettings(null, 1, null, 64, 48, null, ImageFormat.EXR, null, null, null, null, null, null);
        TaskRequest request = new TaskRequest(
                version.id(), "Ring \u00e9", "1-2", null, settings, null, null, null, null, null, null, null);
        UUID key = UUID.randomUUID();
        task = client.submit(request, key);
        try (EventStream stream = client.events(Long.toString(task.number()), null)) {
            Thread reader = Thread.ofVirtual().start(() -> read(stream));
            task = Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> client.task(task.id()), t -> t.state().isEnd());
            reader.join(Duration.ofSeconds(20));
        }
        assertThat(client.submit(request, key).id()).as("the same key again").isEqualTo(task.id());
    }

    private void read(EventStream stream) {
        for (var event = stream.next(); event.isPresent(); event = stream.next()) {
            events.add(event.get());
            if (event.get().type().equals("task")
                    && event.get().data().path("state").asString().equals("SUCCEEDED")) {
                return;
            }
        }
    }

    @AfterAll
    void stop() {
        running.close();
    }

    @Test
    void theModelWasInspectedAndTheTaskIsDone() {
        assertThat(version.state()).as(String.valueOf(version.problem())).isEqualTo(VersionState.READY);
        assertThat(version.inspection().objects()).isPositive();
        assertThat(task.state()).as(String.valueOf(task.why())).isEqualTo(TaskState.SUCCEEDED);
        assertThat(client.status(task.id()).progress()).isEqualTo(1);
        assertThat(client.server().openTasks()).isZero();
    }

    @Test
    void theEventsOfTheTaskCame() {
        assertThat(events).isNotEmpty().allSatisfy(e -> {
            if (e.seq() != null && e.type().equals("task")) {
                assertThat(e.subjectId()).isEqualTo(task.id());
            }
        });
        assertThat(events).anyMatch(e -> e.type().equals("result"));
        List<Long> numbers =
                events.stream().map(ServerEvent::seq).filter(s -> s != null).toList();
        assertThat(numbers).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void everyPictureIsSentWithItsNameAndType() throws Exception {
        List<ResultView> results = client.results(task.id(), null, 50).items();
        assertThat(results).extracting(ResultView::frame).containsExactlyInAnyOrder(1, 2);
        for (ResultView result : results) {
            HttpResponse<String> answer = running.send(running.request("/api/results/" + result.id() + "/content"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).contains("image/x-exr");
            assertThat(answer.headers().firstValue("ETag")).contains("\"" + result.sha256() + "\"");
            assertThat(answer.headers().firstValue("Content-Disposition").orElseThrow())
                    .contains("Ring%20%C3%A9_000" + result.frame() + ".exr");
            Path target = home.resolve("down/" + result.frame() + ".exr");
            Files.createDirectories(target.getParent());
            client.download(result, target);
            assertThat(Sha256.of(target)).isEqualTo(result.sha256());
        }
    }

    @Test
    void smallPicturesAreMadeOfResultsAndOfTheModel() throws Exception {
        ResultView result = client.results(task.id(), null, 1).items().getFirst();
        BufferedImage small = ImageIO.read(new ByteArrayInputStream(client.resultThumbnail(result.id(), 32)));
        assertThat(small.getWidth()).isEqualTo(32);
        assertThat(small.getHeight()).isEqualTo(24);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> client.version(version.id()).thumbnail());
        BufferedImage model = ImageIO.read(new ByteArrayInputStream(client.versionThumbnail(version.id())));
        assertThat(model.getWidth()).isPositive();
        assertThat(client.models("ring \u00e9", null, 10).items())
                .singleElement()
                .satisfies(m -> assertThat(m.thumbnail()).isTrue());
    }

    @Test
    void theScriptRendersTheSamePicturesByHand() throws Exception {
        Path script = Files.writeString(home.resolve("script.py"), client.script(task.id()));
        Path files = Files.createDirectories(home.resolve("files"));
        Files.copy(Path.of(getClass().getResource("/assets/formats/ring.stl").toURI()), files.resolve("ring.stl"));
        EngineView engine = client.engines().stream()
                .filter(e -> e.id().equals(task.engine().id()))
                .findFirst()
                .orElseThrow();
        Process process = new ProcessBuilder(
                        engine.place(),
                        "-b",
                        "-t",
                        "1",
                        "--factory-startup",
                        "-P",
                        script.toString(),
                        "--",
                        "--files",
                        files.toString(),
                        "-o",
                        home.resolve("by hand").toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(home.resolve("by hand/0001.exr")).isNotEmptyFile();
        assertThat(home.resolve("by hand/0002.exr")).isNotEmptyFile();
    }

    @Test
    void theTimelineTheChunksAndTheLogsAreThere() {
        assertThat(client.timeline(task.id(), null, 100).items())
                .anyMatch(e -> e.subject().equals("task") && e.to().equals("SUCCEEDED"));
        assertThat(client.chunks(task.id()))
                .isNotEmpty()
                .allSatisfy(c -> assertThat(c.attempts()).isNotEmpty());
        Awaitility.await()
                .untilAsserted(() -> assertThat(client.logs(task.id(), null, 50).items())
                        .extracting(LogLine::message)
                        .anyMatch(line -> line.matches("Frame -?\\d+ done in \\d+\\.\\d\\d s")));
        assertThat(client.tasks("done", null, null, 10).items())
                .extracting(TaskView::id)
                .contains(task.id());
    }
}

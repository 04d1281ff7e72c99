package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.asset.Sha256;
import tools.jackson.databind.JsonNode;

/** {@code kiln render} as a person meets it: whole commands, a real server, a real Blender as a process. */
@Tag("e2e")
class RenderE2eTest {
    private static final String SCENE = "bench/frames20.blend";

    private static Kiln kiln;

    @TempDir
    Path folder;

    @BeforeAll
    static void begin() {
        kiln = Kiln.ofThisRun().with("KILN_BACKEND", "process");
        done(kiln.kiln("engines", "list"));
    }

    @AfterAll
    static void end() {
        kiln.close();
    }

    private static List<Integer> frames(JsonNode report) {
        List<Integer> frames = new ArrayList<>();
        report.path("results").forEach(result -> frames.add(result.path("frame").asInt()));
        return frames;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> folder.relativize(f).toString())
                    .sorted()
                    .toList();
        }
    }

    private static Kiln.Outcome done(Kiln.Outcome outcome) {
        assertThat(outcome.exit()).as(outcome.toString()).isZero();
        return outcome;
    }

    @Test
    void theReportHasEveryFieldAndItsPicturesAreWhereItSays() throws IOException {
        Path out = folder.resolve("out");
        Kiln.Outcome outcome = done(
                kiln.kiln("render", Assets.path(SCENE).toString(), "--frames", "1-3", "-o", out.toString(), "--json"));
        assertThat(outcome.out().lines()).hasSize(1);
        JsonNode report = outcome.json();
        assertThat(report.path("taskId").asString()).isNotBlank();
        assertThat(report.path("status").asString()).isEqualTo("done");
        assertThat(report.path("model").asString()).isEqualTo("frames20");
        assertThat(report.path("engine").path("version").asString()).isEqualTo("3.4.1");
        assertThat(report.path("engine").path("backend").asString()).isEqualTo("process");
        assertThat(report.path("warnings").isArray()).isTrue();
        assertThat(report.path("problem").isNull()).isTrue();
        assertThat(frames(report)).containsExactly(1, 2, 3);
        for (JsonNode result : report.path("results")) {
            Path picture = Path.of(result.path("path").asString());
            assertThat(picture).isAbsolute().isRegularFile().hasParent(out);
            assertThat(Sha256.of(picture).hex()).isEqualTo(result.path("sha256").asString());
            assertThat(Pixels.read(picture).getWidth())
                    .isEqualTo(result.path("width").asInt())
                    .isEqualTo(160);
            assertThat(Pixels.read(picture).getHeight())
                    .isEqualTo(result.path("height").asInt())
                    .isEqualTo(90);
            assertThat(Pixels.showsSomething(picture)).isTrue();
            assertThat(result.path("layer").asString()).isEmpty();
            assertThat(result.path("view").asString()).isEmpty();
            assertThat(result.path("seconds").asDouble()).isPositive();
            assertThat(result.path("reused").isBoolean()).isTrue();
        }
        assertThat(names(out)).containsExactly("0001.png", "0002.png", "0003.png");
    }

    @Test
    void driversOfAFileRunOnlyWhenItsScriptsAreTrusted() throws IOException {
        String scene = Assets.path("driver.blend").toString();
        JsonNode shut = done(kiln.quick(
                        "render", scene, "--fresh", "-o", folder.resolve("shut").toString(), "--json"))
                .json();
        JsonNode open = done(kiln.quick(
                        "render",
                        scene,
                        "--fresh",
                        "--trust-scripts",
                        "-o",
                        folder.resolve("open").toString(),
                        "--json"))
                .json();
        assertThat(shut.path("warnings").toString()).contains("DRIVERS_BLOCKED");
        assertThat(open.path("warnings").toString()).doesNotContain("DRIVERS_BLOCKED");
        assertThat(Pixels.same(picture(shut), picture(open))).isFalse();
    }

    private static Path picture(JsonNode report) {
        return Path.of(report.path("results").get(0).path("path").asString());
    }

    @Test
    void whatWasRenderedBeforeIsReusedAndSaidSo() {
        Path out = folder.resolve("out");
        String scene = Assets.path(SCENE).toString();
        done(kiln.quick("render", scene, "--frames", "4-7", "--seed", "11", "-o", out.toString(), "--json"));
        Kiln.Outcome outcome =
                done(kiln.quick("render", scene, "--frames", "4-9", "--seed", "11", "-o", out.toString()));
        assertThat(outcome.err())
                .contains("4 of 6 frames were rendered before with the same settings and are reused; 2 to render");
        assertThat(outcome.out().lines().filter(line -> line.startsWith("frame ")))
                .hasSize(2);
        JsonNode again = done(kiln.quick(
                        "render", scene, "--frames", "4-9", "--seed", "11", "-o", out.toString(), "--json"))
                .json();
        assertThat(again.path("outputs").path("reused").asInt()).isEqualTo(6);
    }

    @Test
    void somebodyElsesFileIsNeverOverwrittenWithoutForce() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Path foreign = Files.writeString(out.resolve("0002.png"), "somebody's");
        String[] args = {
            "render", Assets.path(SCENE).toString(), "--frames", "1-2", "--seed", "12", "-o", out.toString(), "--json"
        };
        Kiln.Outcome refused = kiln.quick(args);
        assertThat(refused.exit()).as(refused.toString()).isEqualTo(2);
        assertThat(refused.err()).contains(foreign.toString());
        assertThat(refused.json().path("status").asString()).isEqualTo("refused");
        assertThat(refused.json().path("taskId").isNull()).isTrue();
        assertThat(foreign).hasContent("somebody's");
        assertThat(names(out)).containsExactly("0002.png");

        List<String> forced = new ArrayList<>(List.of(args));
        forced.add("--force");
        done(kiln.quick(forced.toArray(String[]::new)));
        assertThat(Pixels.showsSomething(foreign)).isTrue();
    }

    @Test
    void namesFollowTheTemplate() throws IOException {
        Path out = folder.resolve("out");
        done(kiln.quick(
                "render",
                Assets.path(SCENE).toString(),
                "--frames",
                "-2-0",
                "--format",
                "jpeg",
                "-o",
                out.toString(),
                "--name",
                "{model}/shot {frame:03}.{ext}"));
        assertThat(names(out))
                .containsExactlyInAnyOrder("frames20/shot -001.jpg", "frames20/shot -002.jpg", "frames20/shot 000.jpg");
    }

    @Test
    void aTemplateThatGivesSeveralFramesOneNameIsRefused() {
        Kiln.Outcome outcome = kiln.quick(
                "render",
                Assets.path(SCENE).toString(),
                "--frames",
                "1-2",
                "--name",
                "still.{ext}",
                "-o",
                folder.toString());
        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err()).contains("{frame:04}");
    }

    @Test
    void everyViewLayerHasAPictureAndATemplateWithoutItIsRefused() throws IOException {
        Path out = folder.resolve("out");
        String scene = Assets.path("vl2.blend").toString();
        Kiln.Outcome refused = kiln.quick("render", scene, "-o", out.toString(), "--name", "{frame:04}.{ext}");
        assertThat(refused.exit()).as(refused.toString()).isEqualTo(2);
        assertThat(refused.err()).contains("{layer}");
        assertThat(out).doesNotExist();
        done(kiln.quick("render", scene, "-o", out.toString()));
        assertThat(names(out)).hasSize(2).allMatch(name -> name.matches(".+/0001\\.png"));
    }

    @ParameterizedTest
    @EmbeddedOnly("what Blender reads is the same everywhere, and RenderApiE2eTest renders a mesh in either mode")
    @ValueSource(strings = {"formats/ring.obj", "formats/ring.stl", "formats/ring.ply", "formats/ring.fbx", "Box.glb"})
    void everyFormatRenders(String name) {
        renders(Assets.path(name));
    }

    @Test
    void aGltfRendersWithItsNeighbours() {
        renders(Assets.path("gltf/15_transmission/15_transmission.gltf"));
    }

    private void renders(Path file) {
        JsonNode report = done(kiln.quick(
                        "render",
                        file.toString(),
                        "--size",
                        "64x48",
                        "--samples",
                        "4",
                        "-o",
                        folder.resolve("out").toString(),
                        "--json"))
                .json();
        assertThat(report.path("results")).hasSize(1);
        assertThat(Pixels.showsSomething(
                        Path.of(report.path("results").path(0).path("path").asString())))
                .isTrue();
        assertThat(report.path("warnings"))
                .extracting(warning -> warning.path("code").asString())
                .contains("CAMERA_ADDED");
    }

    @Test
    void aFolderRendersWithItsLibraryAndTextures() {
        JsonNode report = done(kiln.quick(
                        "render",
                        Assets.path("blend-project").toString(),
                        "--size",
                        "64x64",
                        "--samples",
                        "4",
                        "-o",
                        folder.resolve("out").toString(),
                        "--json"))
                .json();
        assertThat(report.path("results")).hasSize(1);
        assertThat(report.path("warnings"))
                .extracting(warning -> warning.path("code").asString())
                .doesNotContain("MISSING_LIBRARY");
        assertThat(report.path("warnings"))
                .extracting(warning -> warning.path("message").asString())
                .anyMatch(message -> message.contains("field.hdr"));
    }

    @Test
    void spacesAndOtherScriptsInNamesAreKept() throws IOException {
        Path strange = Files.createDirectories(folder.resolve("\u00fcn\u00ef c\u00f3de \u65e5\u672c & 'x' #1 %20"));
        Path model = strange.resolve("sc\u00e8ne 01.blend");
        Files.copy(Assets.path(SCENE), model, StandardCopyOption.REPLACE_EXISTING);
        Path out = strange.resolve("rendu \u00e9 ####");
        done(kiln.quick(
                "render", model.toString(), "--frames", "2", "-o", out.toString(), "--name", "{model} {frame}.{ext}"));
        assertThat(names(out)).containsExactly("sc\u00e8ne 01 2.png");
    }

    @Test
    void whatAFileOutputNodeWritesComesToo() throws IOException {
        Path out = folder.resolve("out");
        JsonNode report = done(kiln.quick(
                        "render", Assets.path("fileout.blend").toString(), "-o", out.toString(), "--json"))
                .json();
        assertThat(report.path("results")).hasSize(1);
        assertThat(report.path("extras")).isNotEmpty();
        assertThat(Path.of(report.path("extras").path(0).path("path").asString()))
                .isRegularFile()
                .startsWith(out.resolve("nodes"));
    }

    @Test
    void detachPrintsTheTaskAndItCanBeWatched() {
        Kiln.Outcome detached = done(
                kiln.quick("render", Assets.path(SCENE).toString(), "--frames", "10-11", "--seed", "13", "--detach"));
        String id = detached.out().strip();
        Kiln.Outcome watched = done(kiln.quick("tasks", "watch", id));
        assertThat(watched.out()).contains("is done");
        JsonNode shown = done(kiln.quick("tasks", "show", id, "--json")).json();
        assertThat(shown.path("task").path("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(shown.path("results")).hasSize(2);
        String number = shown.path("task").path("number").asString();
        assertThat(done(kiln.quick("tasks", "show", "#" + number)).out()).contains(id);
        assertThat(done(kiln.quick("tasks", "list")).out()).contains("#" + number);
        assertThat(done(kiln.quick("tasks", "timeline", number)).out()).contains("SUCCEEDED");
        assertThat(done(kiln.quick("tasks", "script", number)).out()).contains("bpy");
        assertThat(kiln.quick("tasks", "logs", number).exit()).isZero();
    }

    @Test
    void ctrlCCancelsTheTask() {
        Kiln.Running running = kiln.start(
                "render",
                Assets.path("bench/overhead.blend").toString(),
                "--frames",
                "1-60",
                "--samples",
                "200",
                "-o",
                folder.resolve("out").toString(),
                "--json");
        await().atMost(Duration.ofMinutes(2)).until(() -> openTask() != null || !running.isAlive());
        running.signal("INT");
        Kiln.Outcome outcome = running.end();
        assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(130);
        assertThat(outcome.json().path("status").asString()).isEqualTo("cancelled");
        String id = outcome.json().path("taskId").asString();
        assertThat(kiln.quick("tasks", "show", id, "--json")
                        .json()
                        .path("task")
                        .path("state")
                        .asString())
                .isEqualTo("CANCELLED");
    }

    private static String openTask() {
        JsonNode tasks =
                kiln.quick("tasks", "list", "--status", "rendering", "--json").json();
        return tasks.isEmpty() ? null : tasks.path(0).path("id").asString();
    }

    @Test
    void aTaskThatIsCancelledElsewhereEndsWithOne() {
        Kiln.Running running = kiln.start(
                "render",
                Assets.path("bench/overhead.blend").toString(),
                "--frames",
                "1-60",
                "--samples",
                "201",
                "-o",
                folder.resolve("out").toString());
        await().atMost(Duration.ofMinutes(2)).until(() -> openTask() != null || !running.isAlive());
        done(kiln.quick("tasks", "cancel", openTask()));
        Kiln.Outcome outcome = running.end();
        assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(1);
        assertThat(outcome.err()).contains("cancelled");
    }

    @Test
    void strictRefusesWarningsBeforeAnythingRenders() {
        Kiln.Outcome outcome = kiln.quick(
                "render",
                Assets.path("missingtex.blend").toString(),
                "--strict",
                "-o",
                folder.resolve("out").toString(),
                "--json");
        assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.json().path("status").asString()).isEqualTo("refused");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void warningsAreSaidOnceWithTheirCode() {
        Kiln.Outcome outcome = done(kiln.quick(
                "render",
                Assets.path("missingtex.blend").toString(),
                "-o",
                folder.resolve("out").toString()));
        assertThat(outcome.err().lines().filter(line -> line.contains("MISSING_TEXTURE")))
                .hasSize(1);
    }

    @Test
    void filesThatNoEngineReadsEndInOneSentenceAndTwo() throws IOException {
        byte[] whole = Files.readAllBytes(Assets.path("nocam.blend"));
        Path cut = Files.write(folder.resolve("cut.blend"), java.util.Arrays.copyOf(whole, 5));
        Path pointer = Files.writeString(
                folder.resolve("pointer.blend"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        Path junk = Files.writeString(folder.resolve("junk.blend"), "this is no Blender file at all");
        Path nothing = Files.writeString(folder.resolve("nothing.blend"), "");
        Path mesh = Files.writeString(folder.resolve("broken.glb"), "glTF but not really");
        for (Path file : List.of(cut, pointer, junk, nothing, mesh, Assets.path("20_specular.blend"))) {
            Kiln.Outcome outcome = kiln.quick(
                    "render", file.toString(), "-o", folder.resolve("out").toString(), "--json");
            assertThat(outcome.exit()).as(file + " " + outcome).isEqualTo(2);
            JsonNode report = outcome.json();
            assertThat(report.path("status").asString()).isEqualTo("refused");
            assertThat(report.path("problem").path("message").asString())
                    .isNotBlank()
                    .endsWith(".");
            assertThat(outcome.err()).doesNotContain("\tat ");
        }
    }

    @Test
    void namesThatTheFileDoesNotHaveAreRefusedWithThoseThatItHas() {
        Kiln.Outcome camera = kiln.quick(
                "render", Assets.path("markers.blend").toString(), "--camera", "Nobody", "-o", folder.toString());
        assertThat(camera.exit()).as(camera.toString()).isEqualTo(2);
        assertThat(camera.err()).contains("Nobody");
        Kiln.Outcome scene = kiln.quick(
                "render", Assets.path("markers.blend").toString(), "--scene", "Nowhere", "-o", folder.toString());
        assertThat(scene.exit()).as(scene.toString()).isEqualTo(2);
        Kiln.Outcome blender = kiln.quick(
                "render", Assets.path("markers.blend").toString(), "--blender", "9.9", "-o", folder.toString());
        assertThat(blender.exit()).as(blender.toString()).isEqualTo(2);
        assertThat(blender.err()).contains("3.4.1");
    }

    @Test
    void inspectSaysWhatBlenderSees() {
        JsonNode seen = done(kiln.quick("inspect", Assets.path("markers.blend").toString(), "--json"))
                .json();
        JsonNode inspection = seen.path("inspection");
        assertThat(inspection.path("savedBy").asString()).startsWith("3.4");
        assertThat(inspection.path("scenes").path(0).path("markers")).hasSize(2);
        assertThat(inspection.path("triangles").asLong()).isPositive();
        Kiln.Outcome page =
                done(kiln.quick("inspect", Assets.path("markers.blend").toString()));
        assertThat(page.out()).contains("Cameras").contains("Triangles".toLowerCase(java.util.Locale.ROOT));
        assertThat(kiln.quick("inspect", folder.toString()).exit()).isEqualTo(2);
    }

    @Test
    void doctorAndEnginesSayWhatWasProved() {
        Kiln.Outcome doctor = done(kiln.quick("doctor"));
        assertThat(doctor.out()).contains("Blender 3.4.1").contains("Kiln can render here");
        JsonNode engines = done(kiln.quick("engines", "list", "--json")).json();
        assertThat(engines).isNotEmpty();
        assertThat(done(kiln.quick("doctor", "--json")).json().path("canRender").asBoolean())
                .isTrue();
    }
}

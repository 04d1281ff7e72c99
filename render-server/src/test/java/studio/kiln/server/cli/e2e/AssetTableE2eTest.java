package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Renders every file with every engine, each on a machine that has only that engine, and writes what came of it into
 * {@code docs/assets-table.md}. And holds that a render through Kiln equals plain Blender to the pixel, also right after
 * a task that overrode everything in the same session.
 */
@Tag("e2e")
@EmbeddedOnly("takes minutes, and what a Blender makes of a file is the same wherever its chunk came from")
class AssetTableE2eTest {
    private static final Path DOCS = Path.of("..", "docs").toAbsolutePath().normalize();
    private static final int THUMBNAIL = 160;

    /** One thing to render: what is given to {@code kiln render}, and what it is called in the table. */
    private record Asset(String name, String path) {
        boolean isBlend() {
            return path.endsWith(".blend") || path.equals("blend-project");
        }

        /** The .blend inside of what is given. */
        String blend() {
            return path.equals("blend-project")
                    ? "scenes/02_suzanne.blend"
                    : Path.of(path).getFileName().toString();
        }

        String slug() {
            return name.replaceAll("[^A-Za-z0-9]+", "-");
        }
    }

    private static final List<Asset> ASSETS = Stream.of(
                    "00_looping_animation.blend",
                    "01_missing_textures.blend",
                    "14_transmission.blend",
                    "20_specular.blend",
                    "22_simple_GN.blend",
                    "24_vertex_colors.blend",
                    "37_lamp_Cycles.blend",
                    "blend-project",
                    "autorun.blend",
                    "comp.blend",
                    "denoise.blend",
                    "driver.blend",
                    "fileout.blend",
                    "gpu.blend",
                    "linked.blend",
                    "markers.blend",
                    "missingtex.blend",
                    "nocam.blend",
                    "odd.blend",
                    "vl2.blend",
                    "Box.glb",
                    "gltf/01_textured_sphere/01_textured_sphere.gltf",
                    "animated_cube/03_animated_cube.gltf",
                    "gltf/15_transmission/15_transmission.gltf",
                    "formats/ring.obj",
                    "formats/ring.stl",
                    "formats/ring.ply",
                    "formats/ring.fbx",
                    "teacup.glb")
            .map(path -> new Asset(
                    path.equals("blend-project")
                            ? "blend-project (folder)"
                            : Path.of(path).getFileName().toString(),
                    path))
            .toList();

    /** Files that are newer than the engine, so that it must not be trusted with them. */
    private static final Map<PlainBlender, Set<String>> UNREADABLE = Map.of(
            PlainBlender.PROCESS, Set.of("20_specular.blend", "24_vertex_colors.blend", "37_lamp_Cycles.blend"),
            PlainBlender.DOCKER, Set.of("37_lamp_Cycles.blend"));

    /** What came of one file with one engine. */
    private record Cell(int exit, Optional<Path> picture, List<String> warnings, String sentence) {}

    @TempDir
    Path folder;

    private static final Map<PlainBlender, Kiln> MACHINES = new EnumMap<>(PlainBlender.class);

    /** The machine that has only this engine; the tests share it, as its start and Blender's cost seconds. */
    private static Kiln only(PlainBlender engine) {
        return MACHINES.computeIfAbsent(engine, AssetTableE2eTest::begin);
    }

    @AfterAll
    static void endMachines() {
        MACHINES.values().forEach(Kiln::close);
        MACHINES.clear();
    }

    private static Kiln begin(PlainBlender engine) {
        Kiln kiln = new Kiln().with("KILN_BACKEND", engine.backend);
        Kiln.Outcome started = kiln.kiln("engines", "list", "--json");
        assertThat(started.exit()).as(started.toString()).isZero();
        assertThat(started.json()).extracting(e -> e.path("version").asString()).containsOnly(engine.version);
        return kiln;
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void everyFileWithEveryEngineGivesAPictureOrOneSentence() {
        Map<PlainBlender, Map<Asset, Cell>> table = new LinkedHashMap<>();
        for (PlainBlender engine : PlainBlender.values()) {
            Map<Asset, Cell> column = new LinkedHashMap<>();
            for (Asset asset : ASSETS) {
                column.put(asset, render(only(engine), asset, engine));
            }
            table.put(engine, column);
        }
        write(table);
        table.forEach((engine, column) -> column.forEach((asset, cell) -> {
            String what = asset.name() + " with " + engine.version + ": " + cell;
            if (UNREADABLE.get(engine).contains(asset.name())) {
                assertThat(cell.exit()).as(what).isEqualTo(2);
                assertThat(cell.sentence())
                        .as(what)
                        .endsWith(".")
                        .doesNotContain("Exception")
                        .hasLineCount(1);
            } else {
                assertThat(cell.exit()).as(what).isZero();
                assertThat(cell.picture()).as(what).isPresent();
                assertThat(Pixels.showsSomething(cell.picture().get())).as(what).isTrue();
            }
        }));
    }

    private Cell render(Kiln kiln, Asset asset, PlainBlender engine) {
        Path out = folder.resolve(engine.version).resolve(asset.slug());
        Kiln.Outcome outcome = kiln.quick(
                "render",
                Assets.path(asset.path()).toString(),
                "--size",
                small(asset),
                "--samples",
                "8",
                "-o",
                out.toString(),
                "--json");
        JsonNode report = outcome.json();
        List<String> codes = StreamSupport.stream(report.path("warnings").spliterator(), false)
                .map(w -> w.path("code").asString())
                .distinct()
                .sorted()
                .toList();
        Optional<Path> picture = report.path("results").isEmpty()
                ? Optional.empty()
                : Optional.of(
                        Path.of(report.path("results").path(0).path("path").asString()));
        String sentence = report.path("problem").isNull()
                ? ""
                : report.path("problem").path("message").asString();
        return new Cell(outcome.exit(), picture, codes, sentence);
    }

    /** The trials are tiny as they are. */
    private static String small(Asset asset) {
        return TRIALS.contains(asset.name()) ? "100%" : "160x90";
    }

    private static final Set<String> TRIALS = Set.of(
            "autorun.blend",
            "comp.blend",
            "denoise.blend",
            "driver.blend",
            "fileout.blend",
            "gpu.blend",
            "linked.blend",
            "markers.blend",
            "missingtex.blend",
            "nocam.blend",
            "odd.blend",
            "vl2.blend");

    private void write(Map<PlainBlender, Map<Asset, Cell>> table) {
        StringBuilder text = new StringBuilder("""
                # What each file gives

                Every file that the end-to-end tests have, rendered by `kiln render` on a machine with only that Blender: 3.4.1 as
                a process, 4.3.2 in the render image. Small and with few samples. Under a picture stand the codes of its warnings;
                where there is none stand the exit code and what Kiln said. `AssetTableE2eTest` makes this page.

                | file | Blender 3.4.1 (process) | Blender 4.3.2 (docker) |
                | --- | --- | --- |
                """);
        for (Asset asset : ASSETS) {
            text.append("| `").append(asset.name()).append('`');
            for (PlainBlender engine : PlainBlender.values()) {
                text.append(" | ").append(cell(asset, engine, table.get(engine).get(asset)));
            }
            text.append(" |\n");
        }
        try {
            Files.writeString(DOCS.resolve("assets-table.md"), text, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String cell(Asset asset, PlainBlender engine, Cell cell) {
        if (cell.picture().isEmpty()) {
            return "exit " + cell.exit() + ": " + cell.sentence().replace("|", "\\|");
        }
        String image = "images/assets/" + asset.slug() + "-" + engine.version + ".png";
        Path file = DOCS.resolve(image);
        try {
            Files.createDirectories(file.getParent());
            var small = Pixels.thumbnail(cell.picture().get(), THUMBNAIL);
            Path fresh = Files.createTempFile("thumbnail", ".png");
            ImageIO.write(small, "png", fresh.toFile());
            // the page changes only when a picture does
            if (!Files.exists(file) || !Pixels.same(file, fresh)) {
                Files.copy(fresh, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
            Files.delete(fresh);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String codes = cell.warnings().stream().map(c -> "`" + c + "`").collect(Collectors.joining("<br>"));
        return "![" + asset.name() + "](" + image + ")" + (codes.isEmpty() ? "" : "<br>" + codes);
    }

    @ParameterizedTest
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    @EnumSource(PlainBlender.class)
    void aRenderEqualsPlainBlenderAlsoAfterATaskThatOverrodeEverything(PlainBlender engine) throws IOException {
        List<String> compared = new ArrayList<>();
        List<String> different = new ArrayList<>();
        Kiln kiln = only(engine);
        for (Asset asset : ASSETS) {
            if (!asset.isBlend() || UNREADABLE.get(engine).contains(asset.name())) {
                continue;
            }
            Path project = copy(asset, engine);
            overrideEverything(kiln, project, asset);
            Kiln.Outcome outcome = kiln.quick(
                    "render",
                    project.toString(),
                    "--root",
                    asset.blend(),
                    "--fresh",
                    "-o",
                    project.resolveSibling(project.getFileName() + "-kiln").toString(),
                    "--json");
            assertThat(outcome.exit()).as(asset.name() + " " + outcome).isZero();
            JsonNode result = outcome.json().path("results").path(0);
            Optional<Path> plain = engine.render(
                    project,
                    asset.blend(),
                    result.path("frame").asInt(),
                    project.resolveSibling(project.getFileName() + "-plain"));
            if (plain.isPresent()) {
                compared.add(asset.name());
                Path ours = Path.of(result.path("path").asString());
                if (!Arrays.equals(Pixels.samples(ours), Pixels.samples(plain.get()))) {
                    different.add(asset.name());
                }
            }
        }
        assertThat(different).as("differ from plain Blender " + engine.version).isEmpty();
        assertThat(compared).as("compared").hasSizeGreaterThan(8);
    }

    /** A copy that may be written to; large scenes are saved smaller, so that the whole takes minutes and not hours. */
    private Path copy(Asset asset, PlainBlender engine) throws IOException {
        Path project = folder.resolve("equal-" + engine.version).resolve(asset.slug());
        Path source = Assets.path(asset.path());
        if (Files.isDirectory(source)) {
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Path target = project.resolve(source.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        } else {
            Files.createDirectories(project);
            Files.copy(source, project.resolve(asset.blend()));
        }
        if (asset.name().equals("linked.blend")) {
            Files.copy(Assets.path("nocam.blend"), project.resolve("nocam.blend"));
        }
        if (!TRIALS.contains(asset.name())) {
            String smaller = "import bpy\n"
                    + "for s in bpy.data.scenes:\n"
                    + "    s.render.resolution_percentage = max(1, 12000 // s.render.resolution_x)\n"
                    + "    s.cycles.samples = 8\n"
                    + "    s.eevee.taa_render_samples = 4\n"
                    + "bpy.ops.wm.save_mainfile()";
            assertThat(engine.script(project, asset.blend(), folder.resolve("log"), smaller))
                    .isZero();
            Files.deleteIfExists(project.resolve(asset.blend() + "1"));
        }
        return project;
    }

    private void overrideEverything(Kiln kiln, Path project, Asset asset) {
        JsonNode scenes = kiln.quick("inspect", project.toString(), "--root", asset.blend(), "--json")
                .json()
                .path("inspection")
                .path("scenes");
        List<String> args = new ArrayList<>(List.of(
                "render",
                project.toString(),
                "--root",
                asset.blend(),
                "--frames",
                "2",
                "--size",
                "40x24",
                "--samples",
                "2",
                "--engine",
                "cycles",
                "--format",
                "jpeg",
                "--denoise",
                "off",
                "--seed",
                "7",
                "--device",
                "cpu",
                "--fresh",
                "-o",
                project.resolveSibling(project.getFileName() + "-overridden").toString(),
                "--json"));
        JsonNode cameras = scenes.path(0).path("cameras");
        if (!cameras.isEmpty()) {
            args.addAll(List.of("--camera", cameras.path(cameras.size() - 1).asString()));
        }
        Kiln.Outcome outcome = kiln.quick(args.toArray(String[]::new));
        assertThat(outcome.exit())
                .as(asset.name() + " with every override: " + outcome)
                .isZero();
    }
}

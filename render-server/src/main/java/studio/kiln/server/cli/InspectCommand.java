package studio.kiln.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.server.cli.render.ModelSender;

/** {@code kiln inspect}. */
@Command(
        name = "inspect",
        description = {
            "Says what Blender sees in a model file: its version, scenes, cameras, frames, materials, textures, lights,"
                    + " linked libraries, what would run by itself, and everything that is missing.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  kiln inspect scene.blend",
            "  kiln inspect project-folder/ --root scenes/shot.blend",
            "  kiln inspect chair.glb --json"
        })
public final class InspectCommand implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "FILE", description = "The model: a file, a folder or a zip.")
    @Nullable
    Path file;

    @Option(names = "--root", paramLabel = "PATH", description = "The model inside a folder or zip that holds several.")
    @Nullable
    String root;

    @Option(
            names = "--blender",
            paramLabel = "VERSION",
            converter = VersionConverter.class,
            description = "Version of Blender that opens it where only older ones than the file are here.")
    @Nullable
    String blender;

    @Option(names = "--json", description = "Print a JSON object.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public InspectCommand(Surroundings here) {
        this.here = here;
    }

    /** What {@code --json} prints. */
    private record Report(
            String model,
            String root,
            int files,
            long bytes,
            @Nullable String savedBy,
            @Nullable String engine,
            Inspection inspection,
            List<RenderWarning> warnings) {}

    @Override
    public Integer call() throws IOException {
        if (file == null || file.toString().isEmpty()) {
            throw CliFailure.unusable("BAD_USAGE", "No file is named.");
        }
        StatusLine status = new StatusLine(here, json);
        try (ModelFiles files = ModelFiles.read(here.resolve(file), root);
                Connection connection = server.connect(here)) {
            new EngineCheck(here, connection, status).refuseWhenNothingRenders();
            ModelVersionView version = new ModelSender(connection, status).send(files, null, blender);
            Inspection inspection = version.inspection();
            if (inspection == null) {
                throw new CliFailure(
                        ExitCode.FAILED, "NOT_INSPECTED", "The server has not kept what the engine saw; try again.");
            }
            if (json) {
                here.out()
                        .println(Json.pretty(new Report(
                                version.modelName(),
                                version.manifest().root(),
                                version.manifest().files().size(),
                                version.bytes(),
                                version.savedBy(),
                                version.engine(),
                                inspection,
                                version.warnings())));
            } else {
                page(version, inspection).forEach(here.out()::println);
            }
        }
        return ExitCode.DONE;
    }

    static List<String> page(ModelVersionView version, Inspection seen) {
        Lines lines = new Lines();
        lines.add(version.manifest().root());
        lines.field(
                "Format",
                seen.format()
                        + (seen.savedBy() == null ? "" : ", saved by Blender " + seen.savedBy())
                        + (seen.compressed() ? ", compressed" : ""));
        lines.field("Opened by", "Blender " + seen.engineVersion());
        lines.field("Files", version.manifest().files().size() + " (" + Text.bytes(version.bytes()) + ")");
        lines.field("Objects", String.format("%,d (%,d meshes)", seen.objects(), seen.meshes()));
        lines.field("Geometry", String.format("%,d vertices, %,d triangles", seen.vertices(), seen.triangles()));
        lines.field("Size", seen.bounds() == null ? null : bounds(seen.bounds()));
        lines.list("Materials", seen.materials());
        lines.list(
                "Textures",
                seen.textures().stream().map(InspectCommand::texture).toList());
        lines.list(
                "Lights",
                seen.lights().stream()
                        .map(l -> l.name() + " (" + l.type().toLowerCase(java.util.Locale.ROOT) + ")")
                        .toList());
        lines.list(
                "Libraries",
                seen.libraries().stream()
                        .map(l -> l.path() + (l.missing() ? "  MISSING" : ""))
                        .toList());
        lines.field(
                "Drivers",
                seen.driversBlocked() == 0
                        ? "none that would run"
                        : seen.driversBlocked() + " would run, and are blocked");
        lines.field(
                "Scripts",
                seen.textsAutorun().isEmpty()
                        ? "none that would run"
                        : String.join(", ", seen.textsAutorun()) + " would run, and are blocked");
        lines.list(
                "File Output nodes",
                seen.fileOutputNodes().stream()
                        .map(n -> n.node() + " in " + n.scene() + " \u2192 " + n.basePath()
                                + (n.absolute() ? " (absolute)" : ""))
                        .toList());
        lines.list(
                "Missing",
                seen.missing().stream()
                        .map(m -> m.kind() + " " + m.name() + ": " + m.path())
                        .toList());
        seen.scenes().forEach(scene -> scene(lines, scene));
        for (RenderWarning warning : version.warnings()) {
            lines.field("Warning", warning.code() + ": " + warning.message());
        }
        return lines.all;
    }

    private static void scene(Lines lines, Inspection.Scene scene) {
        lines.add("");
        lines.add("Scene " + scene.name() + (scene.active() ? " (active)" : ""));
        lines.field(
                "Frames",
                scene.frameStart() + "-" + scene.frameEnd()
                        + (scene.frameStep() == 1 ? "" : "x" + scene.frameStep())
                        + ", " + trim(scene.fps()) + " a second, now at " + scene.frameCurrent()
                        + (scene.animated() ? ", animated" : ", nothing moves"));
        lines.field("Engine", engine(scene));
        lines.field(
                "Picture",
                scene.width() + "x" + scene.height() + " at " + scene.percent() + " %, " + scene.format()
                        + (scene.movie() ? " (a film; rendered as PNG)" : ""));
        lines.list(
                "Cameras",
                scene.cameras().stream()
                        .map(c -> c.equals(scene.activeCamera()) ? c + " (active)" : c)
                        .toList());
        lines.list(
                "Markers",
                scene.markers().stream()
                        .map(m -> "frame " + m.frame() + " " + m.name()
                                + (m.camera() == null ? "" : " \u2192 camera " + m.camera()))
                        .toList());
        lines.list(
                "View layers",
                scene.viewLayers().stream()
                        .map(l -> l.name() + (l.use() ? "" : " (off)"))
                        .toList());
        lines.field("Views", scene.views().size() > 1 ? String.join(", ", scene.views()) : null);
        lines.field(
                "Light",
                Text.count(scene.lights(), "light") + (scene.worldLit() ? ", and the world" : ", none from the world"));
        lines.field("Compositing", scene.compositing() ? "on" : "off");
        lines.field(
                "Colour",
                scene.viewTransform() == null
                        ? null
                        : scene.viewTransform()
                                + (scene.look() == null ? "" : ", look " + scene.look())
                                + (scene.display() == null ? "" : ", " + scene.display()));
        lines.list("Unbaked simulations", scene.unbakedSimulations());
    }

    private static String engine(Inspection.Scene scene) {
        List<String> parts = new ArrayList<>();
        parts.add(scene.engine());
        if (scene.samples() != null) {
            parts.add(scene.samples() + " samples");
        }
        if (scene.noiseThreshold() != null) {
            parts.add("noise threshold " + trim(scene.noiseThreshold()));
        }
        parts.add(scene.denoise() ? "denoised" : "not denoised");
        parts.add("seed " + scene.seed());
        if (scene.device() != null) {
            parts.add("device " + scene.device());
        }
        return String.join(", ", parts);
    }

    private static String texture(Inspection.Texture texture) {
        String where = texture.packed()
                ? "packed"
                : texture.path() == null || texture.path().isEmpty() ? texture.kind() : texture.path();
        String found = texture.expected() != null && texture.expected() > 1
                ? " (" + texture.found() + " of " + texture.expected() + " files)"
                : "";
        return texture.name() + ": " + where + found + (texture.missing() ? "  MISSING" : "");
    }

    private static String bounds(Inspection.Bounds bounds) {
        StringBuilder size = new StringBuilder();
        for (int axis = 0; axis < 3; axis++) {
            size.append(axis == 0 ? "" : " x ")
                    .append(String.format(
                            java.util.Locale.ROOT,
                            "%.3g",
                            bounds.max().get(axis) - bounds.min().get(axis)));
        }
        return size + " m";
    }

    private static String trim(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** Lines with names to the left. */
    private static final class Lines {
        private static final int SHOWN = 12;
        private final List<String> all = new ArrayList<>();

        void add(String line) {
            all.add(line);
        }

        void field(String name, @Nullable String value) {
            if (value != null) {
                all.add(String.format("  %-20s %s", name, value));
            }
        }

        /** One value a line; long lists are cut with a word about the rest. */
        void list(String name, List<String> values) {
            if (values.isEmpty()) {
                field(name, "none");
                return;
            }
            for (int i = 0; i < Math.min(SHOWN, values.size()); i++) {
                field(i == 0 ? name : "", values.get(i));
            }
            if (values.size() > SHOWN) {
                field("", "and " + (values.size() - SHOWN) + " more (see --json)");
            }
        }
    }
}

package studio.kiln.server.cli.render;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.NodeTag;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln render}. */
@Command(
        name = "render",
        description = {
            "Renders a model file and puts the pictures into a folder.",
            "",
            "FILE is a .blend, .glb, .gltf (with its neighbours), .obj, .stl, .ply or .fbx, or a folder or zip with one of"
                    + " them. What was rendered before with the same settings is not rendered again.",
            ""
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 the render failed, 2 wrong usage or a file that cannot be used, 3 nothing here can"
                    + " render, 130 interrupted (which cancels the task).",
            "",
            "Examples:",
            "  kiln render scene.blend",
            "  kiln render scene.blend --frames 1-250 --samples 64 -o out --name 'shot/{frame:04}.{ext}'",
            "  kiln render scene.blend --frames 1-10,20-30x2,!25 --size 50%%",
            "  kiln render project-folder/ --camera Closeup --format exr",
            "  kiln render chair.glb --size 1024x1024 --json"
        })
public final class RenderCommand implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "FILE", description = "The model: a file, a folder or a zip.")
    @Nullable
    Path file;

    @Mixin
    RenderFlags flags = new RenderFlags();

    @Mixin
    OutputFlags outputs = new OutputFlags();

    @Mixin
    ServerOptions server = new ServerOptions();

    @Option(
            names = "--name",
            paramLabel = "TEMPLATE",
            description =
                    "Names of the pictures in DIR, made of {frame:04}, {layer}, {view}, {variant}, {model}, {task} and {ext}.")
    @Nullable
    String name;

    @Option(names = "--root", paramLabel = "PATH", description = "The model inside a folder or zip that holds several.")
    @Nullable
    String root;

    @Option(
            names = "--priority",
            paramLabel = "N",
            converter = WholeNumber.Priority.class,
            description = "0 to 100; more comes first. Without it 50.")
    @Nullable
    Integer priority;

    @Option(names = "--strict", description = "Render nothing when there is a warning.")
    boolean strict;

    @Option(names = "--fresh", description = "Render again what was rendered before.")
    boolean fresh;

    @Option(
            names = "--trust-scripts",
            description = "Let scripts in the file run (drivers, handlers). Only for files of people whom you trust.")
    boolean trusted;

    @Option(names = "--on", paramLabel = "TAG", description = "Only on nodes with this tag (kiln nodes list).")
    @Nullable
    String on;

    @Option(
            names = "--detach",
            description =
                    "Print the task's id and do not wait for the pictures; 'kiln tasks download' fetches them later.")
    boolean detach;

    public RenderCommand(Surroundings here) {
        this.here = here;
    }

    private @Nullable String tag() {
        try {
            return on == null ? null : NodeTag.check(on);
        } catch (IllegalArgumentException e) {
            throw CliFailure.unusable("BAD_USAGE", String.valueOf(e.getMessage()));
        }
    }

    /** The report of a command that was refused before it began. */
    public static String refusal(CliFailure failure) {
        return Json.line(RenderReport.refused(null, List.of(), failure));
    }

    @Override
    public Integer call() {
        if (file == null || file.toString().isEmpty()) {
            throw CliFailure.unusable("BAD_USAGE", "No file is named.");
        }
        if (detach && (outputs.output != null || name != null || outputs.force)) {
            throw CliFailure.unusable(
                    "BAD_USAGE",
                    "With --detach nothing waits for the pictures, so "
                            + (outputs.output != null ? "-o" : name != null ? "--name" : "--force")
                            + " would do nothing; leave it out, and fetch them later with 'kiln tasks download TASK -o DIR'.");
        }
        RenderPlan plan = new RenderPlan(
                file,
                root,
                flags.frames,
                flags.scene,
                flags.settings(),
                flags.blender,
                priority,
                strict,
                fresh,
                trusted,
                tag(),
                detach,
                outputs.output,
                name == null ? NameTemplate.usual() : NameTemplate.parse(name),
                outputs.force,
                outputs.json);
        return new RenderRun(here, server, plan).run();
    }
}

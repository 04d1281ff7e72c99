package studio.kiln.server.cli.render;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;

/**
 * {@code kiln demo}: the project's sample, rendered as anything else is. With a display the launcher opens the studio
 * afterwards.
 */
@Command(
        name = "demo",
        description = {
            "Renders the sample scene through the server and says where the pictures are.",
            "",
            "With a display the studio then opens on the result; with --headless, or without a display, it ends there.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  kiln demo",
            "  kiln demo --headless",
            "  kiln demo --headless --frames 1-24 -o turntable"
        })
public final class DemoCommand implements Callable<Integer> {
    private static final Path SAMPLE = Path.of("examples", "stoneware", "stoneware.blend");

    /** Two views of it: worth showing, and done in little more than a minute on two cores. */
    private static final String FRAMES = "1,13";

    private final Surroundings here;

    @Option(names = "--headless", description = "Open no window.")
    boolean headless;

    @Mixin
    RenderFlags flags = new RenderFlags();

    @Mixin
    OutputFlags outputs = new OutputFlags();

    @Mixin
    ServerOptions server = new ServerOptions();

    public DemoCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        Path sample = sample();
        RenderPlan plan = new RenderPlan(
                sample,
                null,
                flags.frames == null ? FRAMES : flags.frames,
                flags.scene,
                flags.settings(),
                flags.blender,
                null,
                false,
                false,
                false,
                null,
                false,
                outputs.output == null ? Path.of("kiln-demo") : outputs.output,
                NameTemplate.parse("{model}_{frame:04}.{ext}"),
                outputs.force,
                outputs.json);
        if (!outputs.json) {
            here.err()
                    .println("Rendering the sample " + sample.getFileName()
                            + "; on two cores that takes a little more than a minute.");
        }
        return new RenderRun(here, server, plan).run();
    }

    private Path sample() {
        Path root = here.root().orElse(here.folder());
        Path sample = root.resolve(SAMPLE);
        if (!Files.isRegularFile(sample)) {
            throw new CliFailure(
                    ExitCode.UNUSABLE,
                    "FILE_MISSING",
                    "The sample '" + sample + "' is not there; start the demo with ./kiln in Kiln's own folder.");
        }
        return sample;
    }
}

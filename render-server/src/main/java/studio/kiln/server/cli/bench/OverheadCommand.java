package studio.kiln.server.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Text;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln bench overhead}. */
@Command(
        name = "overhead",
        description = {
            "What it costs to render through Kiln: many short frames by whole 'kiln render' commands against a server that"
                    + " runs, by one 'blender -b -a', and by one Blender for each frame. Same Blender, same threads, nothing"
                    + " reused; the three take turns.",
            "",
            "Uses a data folder of its own, which it removes, and Blender as a process.",
            ""
        },
        footer = {
            "",
            "Prints vsAnimation (Kiln's time over that of one 'blender -b -a') and vsSeparate (over that of separate runs),"
                    + " from the medians of the rounds.",
            "",
            "Examples:",
            "  kiln bench overhead",
            "  kiln bench overhead --json",
            "  kiln bench overhead --frames 12 --rounds 1"
        })
public final class OverheadCommand implements Callable<Integer> {
    private static final Path SCENE = Path.of("examples", "bench", "overhead.blend");
    private static final int SCENE_FRAMES = 60;
    private static final double MOST_OF_ANIMATION = 1.10;
    private static final double MOST_OF_SEPARATE = 0.50;

    private final Surroundings here;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Option(
            names = "--frames",
            paramLabel = "N",
            converter = Frames.class,
            description = "Frames, 1 to 60 (default: ${DEFAULT-VALUE}).")
    int frames = SCENE_FRAMES;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            converter = Frames.class,
            description =
                    "How often each is measured (default: ${DEFAULT-VALUE}); the separate runs are shared out over them.")
    int rounds = 3;

    @Option(names = "--scene", paramLabel = "FILE", description = "Another .blend with frames from 1 on.")
    @Nullable
    Path scene;

    @Option(names = "--check", description = "Exit with 1 when it costs more than promised (1.10 and 0.50).")
    boolean check;

    public OverheadCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (frames < 1 || rounds < 1 || rounds > frames || (scene == null && frames > SCENE_FRAMES)) {
            throw CliFailure.unusable(
                    "BAD_USAGE", "Give 1 to " + SCENE_FRAMES + " frames, and at least one frame for each round.");
        }
        Path file = scene != null
                ? here.resolve(scene)
                : here.root().orElse(here.folder()).resolve(SCENE);
        if (!Files.isRegularFile(file)) {
            throw CliFailure.unusable("FILE_MISSING", "The scene '" + file + "' is not there.");
        }
        Overhead.Measured measured = new Overhead(here, new StatusLine(here, json), file, frames, rounds).measure();
        here.out().println(json ? Json.line(measured) : text(measured));
        boolean kept = measured.vsAnimation() <= MOST_OF_ANIMATION && measured.vsSeparate() <= MOST_OF_SEPARATE;
        return check && !kept ? ExitCode.FAILED : ExitCode.DONE;
    }

    private static String text(Overhead.Measured m) {
        return String.format(
                Locale.ROOT,
                "%d frames, Blender %s as a %s, %d threads, %d rounds%n  through Kiln        %s%n  one blender -b -a   %s"
                        + "   Kiln takes %.2f times that%n  %d separate runs    %s   Kiln takes %.2f times that",
                m.frames(),
                m.engine().version(),
                m.engine().backend(),
                m.threads(),
                m.rounds(),
                Text.seconds(m.kiln()),
                Text.seconds(m.animation()),
                m.vsAnimation(),
                m.frames(),
                Text.seconds(m.separate()),
                m.vsSeparate());
    }

    /** Frames of a measurement, and rounds of it: each has at least one. */
    static final class Frames extends WholeNumber {
        Frames() {
            super(1, 10_000);
        }
    }
}

package studio.kiln.server.cli.render;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where pictures go, and what is printed. */
final class OutputFlags {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Folder for the pictures. Without it MODEL-renders in the current folder.")
    @Nullable
    Path output;

    @Option(
            names = "--force",
            description = "Write over files that Kiln did not make. Without it they are in the way, and left alone.")
    boolean force;

    @Option(
            names = "--json",
            description =
                    "Print one JSON object at the end, however it ends; everything else goes to the error stream.")
    boolean json;
}

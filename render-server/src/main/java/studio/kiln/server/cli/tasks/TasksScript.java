package studio.kiln.server.cli.tasks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Failures;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;

/** {@code kiln tasks script}. */
@Command(
        name = "script",
        description = {
            "Prints the render script of a task, which renders it by hand, with the same pixels:",
            "",
            "  blender -b --factory-startup -P SCRIPT -- --files FOLDER -o OUT",
            "",
            "FOLDER holds the model's files as they were given to Kiln, OUT gets the pictures."
        },
        footer = {"", "Examples:", "  kiln tasks script 12 > task12.py", "  kiln tasks script 12 -o task12.py"})
public final class TasksScript implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
    String task = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write it into a new file.")
    @Nullable
    Path output;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksScript(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        try (Connection connection = server.connect(here)) {
            String script = connection.client().script(task);
            if (output == null) {
                here.out().print(script);
                here.out().flush();
                return 0;
            }
            Path file = here.resolve(output);
            write(file, script);
            here.err().println("Written to " + file + ".");
        }
        return 0;
    }

    private static void write(Path file, String script) {
        try {
            Files.writeString(file, script, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw CliFailure.unusable(
                    "FILE_IN_THE_WAY", "'" + e.getFile() + "' exists already; choose another name with -o.");
        } catch (IOException e) {
            throw Failures.cannotMake(file, e);
        }
    }
}

package studio.kiln.server.cli.tasks;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.render.TaskPictures;

/** {@code kiln tasks download}. */
@Command(
        name = "download",
        description =
                "Fetches the pictures that a task has by now. Those that are there already are not fetched again.",
        footer = {
            "",
            "Examples:",
            "  kiln tasks download 12",
            "  kiln tasks download 12 -o out --name 'shot/{frame:04}.{ext}'"
        })
public final class TasksDownload implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
    String task = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Folder for the pictures. Without it MODEL-renders in the current folder.")
    @Nullable
    Path output;

    @Option(
            names = "--name",
            paramLabel = "TEMPLATE",
            description =
                    "Names of the pictures in DIR, made of {frame:04}, {layer}, {view}, {variant}, {model}, {task} and {ext}.")
    @Nullable
    String name;

    @Option(names = "--force", description = "Write over files that Kiln did not make.")
    boolean force;

    @Option(names = "--json", description = "Print one JSON object, as 'kiln render --json' does.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksDownload(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        try (Connection connection = server.connect(here)) {
            return new TaskPictures(here, output, name, force, json)
                    .fetch(connection, connection.client().task(task));
        }
    }
}

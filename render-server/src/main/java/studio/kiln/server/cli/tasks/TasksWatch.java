package studio.kiln.server.cli.tasks;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.Unreachable;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.Patience;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.render.RenderProgress;
import studio.kiln.server.cli.render.TaskFollower;

/** {@code kiln tasks watch}. */
@Command(
        name = "watch",
        description = {
            "Watches one task to its end, or all that are open until Ctrl-C (which cancels nothing).",
            "On a terminal the picture moves; else each change is a line."
        },
        footer = {"", "Examples:", "  kiln tasks watch", "  kiln tasks watch 12", "  kiln tasks watch 12 --json"})
public final class TasksWatch implements Callable<Integer> {
    private static final long LOOK_MILLIS = 500;
    private static final int MOST = 30;

    private final Surroundings here;

    @Parameters(paramLabel = "TASK", arity = "0..1", converter = TaskId.class, description = "Number or id.")
    @Nullable
    String task;

    @Option(names = "--json", description = "With TASK: print it as JSON when it has ended.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksWatch(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (Connection connection = server.connect(here)) {
            return task == null ? watchAll(connection) : watchOne(connection, task);
        }
    }

    private int watchOne(Connection connection, String name) throws InterruptedException {
        TaskView known = connection.client().task(name);
        StatusLine status = new StatusLine(here, json);
        TaskView end =
                new TaskFollower(connection, known.id(), new RenderProgress(here, status), Patience.LONGEST).follow();
        status.clear();
        if (json) {
            here.out().println(Json.pretty(end));
        } else {
            here.out()
                    .println("Task #" + end.number() + " is "
                            + StateWord.of(end.state()).word() + (end.why() == null ? "." : ": " + end.why()));
        }
        return end.state() == TaskState.SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED;
    }

    private int watchAll(Connection connection) throws InterruptedException {
        if (json) {
            throw CliFailure.unusable("BAD_USAGE", "--json goes with the task that is to be watched to its end.");
        }
        Map<String, String> said = new HashMap<>();
        int drawn = 0;
        while (true) {
            try {
                List<TaskView> tasks = open(connection);
                if (here.screen()) {
                    drawn = draw(tasks, drawn);
                } else {
                    tasks.forEach(view -> say(view, said));
                }
            } catch (Unreachable e) {
                renew(connection, e);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private static void renew(Connection connection, Unreachable why) {
        try {
            connection.renew();
        } catch (IOException e) {
            why.addSuppressed(e);
            throw why;
        }
    }

    /** Open ones, and those that ended last. */
    private static List<TaskView> open(Connection connection) {
        return connection.client().tasks(null, null, null, MOST).items();
    }

    private int draw(List<TaskView> tasks, int before) {
        StringBuilder screen = new StringBuilder();
        if (before > 0) {
            screen.append("\u001b[").append(before).append('A');
        }
        List<String> lines = tasks.isEmpty()
                ? List.of("There are no tasks; 'kiln render FILE' submits one.")
                : TaskText.table(tasks, Instant.now());
        for (String line : lines) {
            screen.append("\u001b[2K").append(line).append('\n');
        }
        screen.append("\u001b[J");
        here.err().print(screen);
        here.err().flush();
        return lines.size();
    }

    private void say(TaskView view, Map<String, String> said) {
        String line = "#" + view.number() + "  " + view.name() + "  "
                + StateWord.of(view.state()).word() + "  " + view.outputs().done() + "/"
                + view.outputs().total();
        if (!line.equals(said.put(view.id(), line))) {
            here.out().println(line);
            here.out().flush();
        }
    }
}

package studio.kiln.server.cli.tasks;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.TaskView;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;

/** {@code kiln tasks logs}. */
@Command(
        name = "logs",
        description = "Prints what was logged while a task rendered.",
        footer = {"", "Examples:", "  kiln tasks logs 12", "  kiln tasks logs 12 --follow"})
public final class TasksLogs implements Callable<Integer> {
    private static final int PAGE = 200;
    private static final long LOOK_MILLIS = 1000;

    private final Surroundings here;

    @Parameters(paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
    String task = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with new lines until the task ends.")
    boolean follow;

    @Option(names = "--json", description = "Print one JSON object a line.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksLogs(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (Connection connection = server.connect(here)) {
            TaskView view = connection.client().task(task);
            Reader reader = new Reader(connection, view.id());
            while (true) {
                boolean ended = connection.client().task(view.id()).state().isEnd();
                reader.printNew();
                if (!follow || ended) {
                    if (!reader.sawAny()) {
                        here.err().println("Task #" + view.number() + " has no log lines.");
                    }
                    return 0;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        }
    }

    /** Reads on from the last page that was seen. */
    private final class Reader {
        private final Connection connection;
        private final String id;
        private @Nullable String cursor;
        private int seenOnPage;

        Reader(Connection connection, String id) {
            this.connection = connection;
            this.id = id;
        }

        boolean sawAny() {
            return cursor != null || seenOnPage > 0;
        }

        void printNew() {
            Optional<String> next;
            do {
                Page<LogLine> page = connection.client().logs(id, cursor, PAGE);
                page.items().stream().skip(seenOnPage).forEach(TasksLogs.this::print);
                seenOnPage = page.items().size();
                next = Optional.ofNullable(page.next());
                if (next.isPresent()) {
                    cursor = next.get();
                    seenOnPage = 0;
                }
            } while (next.isPresent());
        }
    }

    private void print(LogLine line) {
        here.out()
                .println(
                        json
                                ? Json.line(line)
                                : line.at() + "  " + String.format("%-7s", line.level()) + "  " + line.message());
    }
}

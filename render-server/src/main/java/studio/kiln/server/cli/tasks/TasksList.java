package studio.kiln.server.cli.tasks;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln tasks list}. */
@Command(
        name = "list",
        description = "Lists tasks, the newest first.",
        footer = {
            "",
            "Examples:",
            "  kiln tasks list",
            "  kiln tasks list --status rendering,queued",
            "  kiln tasks list --search chair --limit 5 --json"
        })
public final class TasksList implements Callable<Integer> {
    private static final int PAGE = 100;

    private final Surroundings here;

    @Option(
            names = "--status",
            paramLabel = "WORDS",
            split = ",",
            description = "Only tasks in these states, such as queued,rendering,done,failed.")
    List<String> states = List.of();

    @Option(names = "--search", paramLabel = "WORDS", description = "Only tasks whose name has these words.")
    @Nullable
    String search;

    @Option(
            names = "--limit",
            paramLabel = "N",
            converter = WholeNumber.Limit.class,
            description = "At most so many (default: ${DEFAULT-VALUE}).")
    int limit = 50;

    @Option(names = "--json", description = "Print a JSON array.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksList(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        String words = words(states);
        try (Connection connection = server.connect(here)) {
            List<TaskView> tasks = new ArrayList<>();
            @Nullable String cursor = null;
            do {
                Page<TaskView> page =
                        connection.client().tasks(words, search, cursor, Math.min(PAGE, limit - tasks.size()));
                tasks.addAll(page.items());
                cursor = page.next();
            } while (cursor != null && tasks.size() < limit);
            if (json) {
                here.out().println(Json.pretty(tasks));
            } else if (tasks.isEmpty()) {
                here.out()
                        .println(
                                words == null && search == null
                                        ? "There are no tasks yet; 'kiln render FILE' submits one."
                                        : "No task fits.");
            } else {
                TaskText.table(tasks, Instant.now()).forEach(here.out()::println);
            }
        }
        return 0;
    }

    private static @Nullable String words(List<String> states) {
        List<String> words = states.stream()
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .map(word -> StateWord.parse(word)
                        .map(state -> StateWord.of(state).word())
                        .orElseThrow(() -> CliFailure.unusable(
                                "BAD_USAGE",
                                "'" + word + "' is not a state; there are "
                                        + Arrays.stream(TaskState.values())
                                                .map(state ->
                                                        StateWord.of(state).word())
                                                .collect(Collectors.joining(", "))
                                        + ".")))
                .toList();
        return words.isEmpty() ? null : String.join(",", words);
    }
}

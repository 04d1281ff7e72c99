package studio.kiln.server.cli.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;

/** {@code kiln tasks timeline}. */
@Command(
        name = "timeline",
        description = "Prints who or what moved a task, its chunks and attempts, from where to where, and why.",
        footer = {"", "Example:", "  kiln tasks timeline 12"})
public final class TasksTimeline implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
    String task = "";

    @Option(names = "--json", description = "Print a JSON array.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksTimeline(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        try (Connection connection = server.connect(here)) {
            List<TimelineEntry> entries = new ArrayList<>();
            @Nullable String cursor = null;
            do {
                Page<TimelineEntry> page = connection.client().timeline(task, cursor, 200);
                entries.addAll(page.items());
                cursor = page.next();
            } while (cursor != null);
            if (json) {
                here.out().println(Json.pretty(entries));
                return 0;
            }
            Table table = new Table("WHEN", "WHO", "WHAT", "FROM", "TO", "WHY");
            for (TimelineEntry entry : entries) {
                table.row(
                        entry.at().toString(),
                        entry.actor(),
                        entry.subject(),
                        entry.from() == null ? "-" : entry.from(),
                        entry.to(),
                        entry.why() == null ? "-" : entry.why());
            }
            table.lines().forEach(here.out()::println);
        }
        return 0;
    }
}

package studio.kiln.server.cli.tasks;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.task.StateWord;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;

/** {@code kiln tasks verify}. */
@Command(
        name = "verify",
        description = {
            "Shows a task as the database, the cache and the nodes have it, beside each other, mends what differs, and says"
                    + " what it mended.",
            "What it does is in the audit log."
        },
        footer = {"", "Example:", "  kiln tasks verify 12"})
public final class TasksVerify implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
    String task = "";

    @Option(names = "--json", description = "Print a JSON object.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksVerify(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        try (Connection connection = server.connect(here)) {
            TaskVerification found = connection.client().verify(task);
            if (json) {
                here.out().println(Json.pretty(found));
                return 0;
            }
            Table places = new Table("WHERE", "STATE", "PICTURES", "REVISION");
            row(places, "database", found.database());
            row(places, "cache", found.cache());
            places.lines().forEach(here.out()::println);
            here.out().println();
            if (found.attempts().isEmpty()) {
                here.out().println("Nothing of it is under way, in the database or on a node that was heard of.");
            } else {
                Table attempts = new Table("CHUNK", "ATTEMPT", "NODE", "DATABASE", "NODE SAYS");
                found.attempts()
                        .forEach(held -> attempts.row(
                                Integer.toString(held.chunk()),
                                held.attemptId(),
                                held.node(),
                                held.current() ? "has it" : "not current",
                                held.held() == null ? "nothing lately" : held.held() ? "has it" : "does not have it"));
                attempts.lines().forEach(here.out()::println);
            }
            here.out().println();
            if (found.mended().isEmpty()) {
                here.out().println("All agree; nothing was mended.");
            }
            found.mended().forEach(line -> here.out().println("Mended: " + line));
        }
        return 0;
    }

    private static void row(Table table, String where, TaskVerification.@Nullable Kept kept) {
        if (kept == null) {
            table.row(where, "nothing is kept", "-", "-");
        } else {
            table.row(
                    where,
                    StateWord.of(kept.state()).word(),
                    kept.outputs().done() + " of " + kept.outputs().total(),
                    Long.toString(kept.revision()));
        }
    }
}

package studio.kiln.server.cli.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;
import studio.kiln.server.cli.Text;

/** {@code kiln tasks show}. */
@Command(
        name = "show",
        description = "Shows one task: its state, settings, chunks and, on request, its pictures.",
        footer = {
            "",
            "Examples:",
            "  kiln tasks show 12",
            "  kiln tasks show 12 --results",
            "  kiln tasks show '#12' --json"
        })
public final class TasksShow implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
    String task = "";

    @Option(names = "--results", description = "List the pictures too.")
    boolean results;

    @Option(names = "--json", description = "Print a JSON object with task, chunks and results.")
    boolean json;

    @Mixin
    ServerOptions server = new ServerOptions();

    public TasksShow(Surroundings here) {
        this.here = here;
    }

    private record Everything(TaskView task, List<ChunkView> chunks, List<ResultView> results) {}

    @Override
    public Integer call() {
        try (Connection connection = server.connect(here)) {
            TaskView view = connection.client().task(task);
            List<ChunkView> chunks = connection.client().chunks(view.id());
            List<ResultView> pictures = json || results ? pictures(connection, view.id()) : List.of();
            if (json) {
                here.out().println(Json.pretty(new Everything(view, chunks, pictures)));
                return 0;
            }
            TaskText.page(view).forEach(here.out()::println);
            chunks(chunks);
            if (results) {
                pictures(pictures);
            }
        }
        return 0;
    }

    private static List<ResultView> pictures(Connection connection, String id) {
        List<ResultView> all = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            Page<ResultView> page = connection.client().results(id, cursor, 200);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    private void chunks(List<ChunkView> chunks) {
        if (chunks.isEmpty()) {
            return;
        }
        Table table = new Table("CHUNK", "FRAMES", "STATE", "DONE", "ATTEMPTS", "NODE", "LAST PROBLEM");
        for (ChunkView chunk : chunks) {
            table.row(
                    Integer.toString(chunk.ordinal()),
                    chunk.frames(),
                    chunk.state().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
                    chunk.done() + "/" + chunk.outputs(),
                    Integer.toString(chunk.attempts().size()),
                    chunk.attempts().isEmpty()
                            ? "-"
                            : chunk.attempts().getLast().node(),
                    chunk.attempts().reversed().stream()
                            .map(ChunkView.Attempt::message)
                            .filter(java.util.Objects::nonNull)
                            .findFirst()
                            .map(message -> Text.fit(message, 70))
                            .orElse("-"));
        }
        here.out().println();
        table.lines().forEach(here.out()::println);
    }

    private void pictures(List<ResultView> pictures) {
        Table table = new Table("FRAME", "LAYER", "VIEW", "SIZE", "SECONDS", "REUSED", "DIGEST");
        for (ResultView picture : pictures) {
            table.row(
                    Integer.toString(picture.frame()),
                    picture.layer().isEmpty() ? "-" : picture.layer(),
                    picture.view().isEmpty() ? "-" : picture.view(),
                    picture.width() + "x" + picture.height(),
                    String.format(java.util.Locale.ROOT, "%.2f", picture.seconds()),
                    picture.reused() ? "yes" : "no",
                    picture.sha256().hex().substring(0, 12));
        }
        here.out().println();
        table.lines().forEach(here.out()::println);
    }
}

package studio.kiln.server.cli.render;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.Patience;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Text;

/**
 * Fetches the pictures that a task has by now, under the names and with the care of {@code kiln render}.
 *
 * @param output folder for them, or null for one named after the model
 * @param template names in it, or null for the usual ones
 * @param force whether files of somebody else are written over
 */
public record TaskPictures(
        Surroundings here, @Nullable Path output, @Nullable String template, boolean force, boolean json) {
    private static final int PAGE = 500;

    /** Fetches them and gives the exit code; a picture that is there already is not fetched again. */
    public int fetch(Connection connection, TaskView task) {
        NameTemplate names = template == null ? NameTemplate.usual() : NameTemplate.parse(template);
        Path place = output == null ? OutputFolder.usual(task.modelName()) : output;
        OutputFolder folder = new OutputFolder(here.resolve(place), names, force, here.dataFolder());
        folder.refuseUnwritable();
        List<ResultView> results = results(connection, task.id());
        names.refuseCollisions(several(results));
        folder.tellLayersApart(results.stream().map(ResultView::layer).toList());
        results.forEach(result -> names.refuseOtherEnding(result.extension()));
        try (Downloads downloads = new Downloads(
                connection, folder, task.modelId(), task.modelName(), Long.toString(task.number()), Patience.LONGEST)) {
            results.forEach(downloads::fetch);
            downloads.await();
            return say(task, folder, downloads.fetched(), downloads.failure());
        }
    }

    private int say(TaskView task, OutputFolder folder, List<Downloads.Fetched> fetched, @Nullable CliFailure failure) {
        if (json) {
            here.out().println(Json.line(RenderReport.of(task, fetched, task.warnings(), failure)));
        } else {
            long pictures = fetched.stream().filter(one -> !one.isExtra()).count();
            String open = task.state().isEnd()
                    ? ""
                    : ", of " + task.outputs().total() + " that task #" + task.number() + " is to bring";
            here.out()
                    .println(
                            fetched.isEmpty()
                                    ? "Task #" + task.number() + " has no pictures"
                                            + (task.state().isEnd() ? "." : " yet.")
                                    : Text.count(pictures, "picture") + " in " + folder.path() + open);
        }
        if (failure == null) {
            return ExitCode.DONE;
        }
        here.err().println(failure.getMessage());
        return failure.exitCode();
    }

    private static List<ResultView> results(Connection connection, String task) {
        List<ResultView> all = new ArrayList<>();
        String cursor = null;
        do {
            Page<ResultView> page = connection.client().results(task, cursor, PAGE);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    private static Set<NameTemplate.Field> several(List<ResultView> results) {
        Set<NameTemplate.Field> several = EnumSet.noneOf(NameTemplate.Field.class);
        add(several, NameTemplate.Field.FRAME, results, ResultView::frame);
        add(several, NameTemplate.Field.LAYER, results, ResultView::layer);
        add(several, NameTemplate.Field.VIEW, results, ResultView::view);
        add(several, NameTemplate.Field.VARIANT, results, ResultView::variant);
        return several;
    }

    private static void add(
            Set<NameTemplate.Field> several,
            NameTemplate.Field field,
            List<ResultView> results,
            Function<ResultView, Object> value) {
        if (results.stream()
                        .filter(result -> !result.kind().equals("extra"))
                        .map(value)
                        .distinct()
                        .limit(2)
                        .count()
                > 1) {
            several.add(field);
        }
    }
}

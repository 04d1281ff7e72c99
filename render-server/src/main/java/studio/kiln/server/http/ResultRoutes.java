package studio.kiln.server.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ResultView;
import studio.kiln.server.cache.Thumbnails;
import studio.kiln.server.scheduler.TaskService;
import studio.kiln.server.security.Subject;

/** Published pictures. */
final class ResultRoutes {
    private final TaskService tasks;
    private final Thumbnails thumbnails;
    private final Pictures pictures;

    ResultRoutes(TaskService tasks, Thumbnails thumbnails, Pictures pictures) {
        this.tasks = tasks;
        this.thumbnails = thumbnails;
        this.pictures = pictures;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/results/{result}/content", "A published picture as it was rendered; parts by Range")
                        .needs(Permission.READ)
                        .on(Subject.RESULT, Act.READ)
                        .header("Range", "string", "One range of bytes")
                        .givesMedia("application/octet-stream", "The picture, with the type of its format")
                        .streamed()
                        .by(call -> {
                            ResultView result = result(call);
                            return pictures.result(call, result, fileName(result));
                        }),
                Route.get("/api/results/{result}/thumbnail", "A published picture as a small PNG")
                        .needs(Permission.READ)
                        .on(Subject.RESULT, Act.READ)
                        .query("width", "integer", "Pixels at most, 16 to 2048")
                        .givesMedia("image/png", "The picture")
                        .by(call -> {
                            ResultView result = result(call);
                            int width = call.number("width", 320, 16, 2048);
                            return Reply.bytes(
                                    "image/png",
                                    thumbnails.of(result.sha256(), result.extension(), width),
                                    Map.of(
                                            "ETag",
                                            "\"" + result.sha256() + "-" + width + "\"",
                                            "Cache-Control",
                                            "private, max-age=31536000, immutable"));
                        }));
    }

    private ResultView result(Call call) {
        String id = call.path("result");
        return tasks.result(id)
                .orElseThrow(() -> new ApiException(Problem.of(
                        404,
                        "NO_SUCH_RESULT",
                        "There is no such picture",
                        "There is no published picture '" + id + "'.")));
    }

    /** Tells layers and looks apart, so that two downloads do not have one name. */
    private String fileName(ResultView result) {
        StringBuilder name = new StringBuilder(tasks.task(result.taskId()).name());
        for (String part : new String[] {result.variant(), result.layer(), result.view()}) {
            if (!part.isEmpty()) {
                name.append('_').append(part);
            }
        }
        if (result.node() != null) {
            name.append('_').append(result.node());
        }
        return name.toString().replaceAll("[/\\\\:\\p{Cntrl}]", "_")
                + String.format(Locale.ROOT, "_%04d.%s", result.frame(), result.extension());
    }
}

package studio.kiln.server.cli.render;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.StateWord;
import studio.kiln.server.cli.CliFailure;

/**
 * The one object that {@code kiln render --json} prints at its end, however it ends.
 *
 * @param taskId null when no task came to be
 * @param number the task's short number
 * @param status word of the task's state ({@code done}, {@code failed}, {@code cancelled}); {@code refused} when no task
 *     came to be
 * @param model name of the model
 * @param extras what File Output nodes wrote
 * @param problem why it did not end well, or null
 */
record RenderReport(
        @Nullable String taskId,
        @Nullable Long number,
        String status,
        @Nullable String model,
        @Nullable Engine engine,
        @Nullable OutputCounts outputs,
        List<Picture> results,
        List<Extra> extras,
        List<RenderWarning> warnings,
        @Nullable Trouble problem) {
    static final String REFUSED = "refused";

    record Engine(String version, String backend, String buildHash, String containment) {
        static @Nullable Engine of(@Nullable EngineUse use) {
            return use == null ? null : new Engine(use.version(), use.backend(), use.buildHash(), use.containment());
        }
    }

    /** @param path absolute */
    record Picture(
            int frame,
            String layer,
            String view,
            String variant,
            String path,
            Sha256 sha256,
            long bytes,
            int width,
            int height,
            double seconds,
            boolean reused,
            @Nullable String camera) {
        static Picture of(Downloads.Fetched fetched) {
            var result = fetched.result();
            return new Picture(
                    result.frame(),
                    result.layer(),
                    result.view(),
                    result.variant(),
                    fetched.path().toString(),
                    result.sha256(),
                    result.bytes(),
                    result.width(),
                    result.height(),
                    result.seconds(),
                    result.reused(),
                    result.camera());
        }
    }

    record Extra(int frame, @Nullable String node, String path, Sha256 sha256, long bytes) {
        static Extra of(Downloads.Fetched fetched) {
            var result = fetched.result();
            Path path = fetched.path();
            return new Extra(result.frame(), result.node(), path.toString(), result.sha256(), result.bytes());
        }
    }

    record Trouble(String code, String message) {
        static Trouble of(CliFailure failure) {
            return new Trouble(failure.code(), String.valueOf(failure.getMessage()));
        }
    }

    /** A task as it is, with what was fetched of it. */
    static RenderReport of(
            TaskView task,
            List<Downloads.Fetched> fetched,
            List<RenderWarning> warnings,
            @Nullable CliFailure failure) {
        return new RenderReport(
                task.id(),
                task.number(),
                StateWord.of(task.state()).word(),
                task.modelName(),
                Engine.of(task.engine()),
                task.outputs(),
                fetched.stream().filter(one -> !one.isExtra()).map(Picture::of).toList(),
                fetched.stream()
                        .filter(Downloads.Fetched::isExtra)
                        .map(Extra::of)
                        .toList(),
                warnings,
                failure == null ? null : Trouble.of(failure));
    }

    /** No task came to be. */
    static RenderReport refused(@Nullable String model, List<RenderWarning> warnings, CliFailure failure) {
        return new RenderReport(
                null, null, REFUSED, model, null, null, List.of(), List.of(), warnings, Trouble.of(failure));
    }
}

package studio.kiln.server.cli.render;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.blender.RenderSettings;

/**
 * What one {@code kiln render} was asked to do.
 *
 * @param file as the person wrote it
 * @param root the model inside a folder or zip, or null to find it
 * @param output folder for the pictures, or null for one beside, named after the model
 */
record RenderPlan(
        Path file,
        @Nullable String root,
        @Nullable String frames,
        @Nullable String scene,
        RenderSettings settings,
        @Nullable String blender,
        @Nullable Integer priority,
        boolean strict,
        boolean fresh,
        boolean trusted,
        @Nullable String tag,
        boolean detach,
        @Nullable Path output,
        NameTemplate names,
        boolean force,
        boolean json) {

    TaskRequest request(String modelVersionId) {
        return new TaskRequest(
                modelVersionId,
                null,
                frames,
                scene,
                settings,
                blender,
                priority,
                strict,
                fresh,
                null,
                null,
                null,
                trusted ? true : null,
                tag);
    }
}

package studio.kiln.core.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.MaterialOverride;
import studio.kiln.core.blender.OutOfRange;
import studio.kiln.core.blender.RenderSettings;

/**
 * What a person submits.
 *
 * @param name null names it after the model
 * @param frames in the notation of {@code FrameSet}; null is the scene's current frame
 * @param scene null is the file's active one
 * @param settings null is everything as in the file
 * @param blender version to use ({@code 4.3} or {@code 4.3.2}); null lets Kiln choose by the file's version
 * @param priority 0..100; null is 50
 * @param strict whether warnings refuse the task before anything renders
 * @param fresh whether to render again what is known already
 * @param telling whether first, middle and last frame go first
 * @param after tasks that must have succeeded before this one starts
 * @param variants sets of material overrides; null or empty is one without any
 * @param trusted whether scripts that come with the file may run (drivers, handlers): they can do what its author wanted, inside
 *     the session's walls. Needs a permission of its own, and is recorded
 * @param tag a word that a node must have to render it; null is any node
 */
@JsonIgnoreProperties(ignoreUnknown = false)
public record TaskRequest(
        String modelVersionId,
        @Nullable String name,
        @Nullable String frames,
        @Nullable String scene,
        @Nullable RenderSettings settings,
        @Nullable String blender,
        @Nullable Integer priority,
        @Nullable Boolean strict,
        @Nullable Boolean fresh,
        @Nullable Boolean telling,
        @Nullable List<String> after,
        @Nullable List<Variant> variants,
        @Nullable Boolean trusted,
        @Nullable String tag) {
    private static final int LONGEST_NAME = 200;

    /** A request that trusts no scripts, for any node. */
    public TaskRequest(
            String modelVersionId,
            @Nullable String name,
            @Nullable String frames,
            @Nullable String scene,
            @Nullable RenderSettings settings,
            @Nullable String blender,
            @Nullable Integer priority,
            @Nullable Boolean strict,
            @Nullable Boolean fresh,
            @Nullable Boolean telling,
            @Nullable List<String> after,
            @Nullable List<Variant> variants) {
        this(
                modelVersionId,
                name,
                frames,
                scene,
                settings,
                blender,
                priority,
                strict,
                fresh,
                telling,
                after,
                variants,
                null,
                null);
    }

    public TaskRequest {
        if (tag != null) {
            NodeTag.check(tag);
        }
        if (priority != null && (priority < 0 || priority > 100)) {
            throw new OutOfRange("priority", "The priority is between 0 and 100, not " + priority + ".");
        }
        if (name != null && name.strip().length() > LONGEST_NAME) {
            throw new OutOfRange(
                    "name",
                    "The name of a task has at most " + LONGEST_NAME + " characters, and this one has "
                            + name.strip().length() + ".");
        }
    }

    /** One look of the model. */
    public record Variant(String name, List<MaterialOverride> overrides) {}

    /** One still of the scene's current frame, everything as in the file. */
    public static TaskRequest still(String modelVersionId) {
        return new TaskRequest(modelVersionId, null, null, null, null, null, null, null, null, null, null, null);
    }
}

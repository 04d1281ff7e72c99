package studio.kiln.server.scheduler;

import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.recipe.Recipe;

/**
 * What a request comes to: the engine that it is pinned to, and every picture that it owes.
 *
 * @param device class of device that it is pinned to
 * @param looks one for each variant, by its number
 * @param perFrame pictures of one frame of one variant
 * @param together whether everything must be one chunk
 * @param warnings what a person should know before it renders
 */
record TaskPlan(
        Engines.Engine engine,
        String device,
        String scene,
        FrameSet frames,
        List<Look> looks,
        List<OutputKey> outputs,
        int perFrame,
        boolean together,
        int width,
        int height,
        List<RenderWarning> warnings) {
    /**
     * A variant with the settings that it renders with.
     *
     * @param recipe of its first output; those of the others differ in the output alone
     */
    record Look(
            String name,
            RenderSettings settings,
            Recipe recipe,
            @Nullable String overrides) {
        Recipe recipe(OutputKey output) {
            return new Recipe(
                    recipe.manifest(),
                    recipe.scene(),
                    recipe.trusted(),
                    recipe.settings(),
                    output,
                    recipe.engine(),
                    recipe.device(),
                    recipe.script());
        }

        /** Key of what determines the time of a frame: the recipe without frame and seed. */
        String measure() {
            RenderSettings anySeed = recipe.settings().withSeed(null);
            return new Recipe(
                            recipe.manifest(),
                            recipe.scene(),
                            recipe.trusted(),
                            anySeed,
                            OutputKey.frame(0),
                            recipe.engine(),
                            recipe.device(),
                            "any")
                    .key()
                    .hex();
        }
    }

    String pool() {
        return engine.pool(device);
    }

    String measure() {
        return looks.getFirst().measure();
    }
}

package studio.kiln.server.scheduler;

import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.OutputKey;

/** Writes the render script of a task: one file that a person can run by hand with {@code blender -b -P}. */
@FunctionalInterface
public interface RenderScript {
    String write(Input task);

    /** A task as its script needs it. @param looks one for each variant */
    record Input(
            long number,
            String name,
            String engineVersion,
            Manifest manifest,
            @Nullable String scene,
            boolean trusted,
            List<Look> looks) {}

    /** The outputs of one variant, with its settings. */
    record Look(String name, RenderSettings settings, List<OutputKey> outputs) {}
}

package studio.kiln.core.api;

import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.RenderWarning;

/**
 * What would happen if a request were submitted; nothing is stored.
 *
 * @param frames the resolved frames in their notation
 * @param outputs pictures that the task would owe
 * @param reused how many of them are known already
 * @param chunks how the rest would be cut
 * @param slots how many slots could share them
 * @param estimate null when nothing comparable was measured yet
 */
public record TaskPreview(
        String frames,
        int frameCount,
        int outputs,
        int reused,
        int chunks,
        int slots,
        int width,
        int height,
        @Nullable EngineUse engine,
        @Nullable Estimate estimate,
        List<RenderWarning> warnings) {}

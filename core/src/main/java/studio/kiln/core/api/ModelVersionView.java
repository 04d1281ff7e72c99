package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;

/**
 * One immutable version of a model.
 *
 * @param problem when UNUSABLE: what is wrong, why, what to do
 * @param problemCode one of the protocol's error codes
 * @param inspection what an engine saw, once READY
 * @param engine version that inspected it
 */
public record ModelVersionView(
        String id,
        String modelId,
        String modelName,
        int version,
        VersionState state,
        Manifest manifest,
        long bytes,
        @Nullable String savedBy,
        @Nullable String problem,
        @Nullable String problemCode,
        @Nullable Inspection inspection,
        @Nullable String engine,
        List<RenderWarning> warnings,
        boolean thumbnail,
        String createdBy,
        Instant createdAt) {}

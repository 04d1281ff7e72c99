package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model as lists show it, with its newest version.
 *
 * @param format word of the file format, such as {@code blend}
 * @param savedBy version of Blender that wrote it, or null
 * @param thumbnail whether {@code GET /api/model-versions/{id}/thumbnail} has a picture
 * @param missingFiles how many files that it names are not there
 */
public record ModelView(
        String id,
        String name,
        String projectId,
        String owner,
        String format,
        int version,
        String versionId,
        VersionState state,
        @Nullable String problem,
        @Nullable String savedBy,
        long bytes,
        int objects,
        long triangles,
        boolean animated,
        int missingFiles,
        boolean thumbnail,
        List<String> tags,
        Instant createdAt,
        Instant updatedAt) {}

package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.blender.BlenderVersion;

/**
 * Announces a new version of a model: what it consists of, before any byte is sent. The answer says which digests must
 * be sent.
 *
 * @param modelId the model that gets a new version; null makes a new model (or a new version of the owner's model of
 *     that name in that project)
 * @param name of a new model; null takes the root file's name
 * @param projectId null for the owner's default project
 * @param blender version of the Blender that is to look into it ({@code 4.3} or {@code 4.3.2}), also when it is older than
 *     the file; null lets the server choose one that can be trusted with the file
 */
public record ModelSubmission(
        @Nullable String modelId,
        @Nullable String name,
        @Nullable String projectId,
        Manifest manifest,
        @Nullable String blender) {
    public ModelSubmission {
        if (blender != null) {
            BlenderVersion.parse(blender);
        }
    }
}

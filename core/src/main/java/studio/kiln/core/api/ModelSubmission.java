package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;

/**
 * Announces a new version of a model: what it consists of, before any byte is sent. The answer says which digests must
 * be sent.
 *
 * @param modelId the model that gets a new version; null makes a new model (or a new version of the owner's model of
 *     that name in that project)
 * @param name of a new model; null takes the root file's name
 * @param projectId null for the owner's default project
 */
public record ModelSubmission(
        @Nullable String modelId,
        @Nullable String name,
        @Nullable String projectId,
        Manifest manifest) {}

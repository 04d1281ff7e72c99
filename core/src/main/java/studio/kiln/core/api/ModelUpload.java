package studio.kiln.core.api;

import java.util.List;
import studio.kiln.core.asset.Sha256;

/**
 * What is still to be sent of a model version.
 *
 * @param missing digests to upload, each once, by tus with the metadata {@code sha256} and {@code version}
 */
public record ModelUpload(String modelId, String versionId, int version, VersionState state, List<Sha256> missing) {}

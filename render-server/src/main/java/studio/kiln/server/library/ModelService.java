package studio.kiln.server.library;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.Page;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.security.Sight;

/** What people may do with models. Methods throw {@link studio.kiln.core.api.ApiException} with what is wrong. */
public interface ModelService {
    /** A model or project that is named must be one that the owner may change; that is not looked at here. */
    ModelUpload announce(ModelSubmission submission, String owner);

    /**
     * Says that all files were sent. Refuses a root file that no engine here can read at once, by its header, with state
     * UNUSABLE; else queues the inspection.
     */
    ModelVersionView complete(String versionId, String owner);

    /** The version, after at most {@code wait} when it is being inspected. */
    ModelVersionView version(String versionId, Duration wait) throws InterruptedException;

    /** @param sight whose list it is */
    Page<ModelView> list(Sight sight, @Nullable String query, @Nullable String cursor, int limit);

    ModelView model(String id);

    List<ModelVersionView> versions(String modelId);

    void delete(String modelId, String actor);

    /** The blob with the thumbnail. */
    Sha256 thumbnail(String versionId);
}

package studio.kiln.server.library;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.queue.Job;
import studio.kiln.server.queue.JobQueue;

/**
 * Writes down what came of looking into a model version, in the transaction of whoever learned it: the version changes,
 * the event is announced, and what follows is queued.
 */
public final class VersionOutcomes {
    private final EventSink events;
    private final JobQueue queue;

    /** Whoever calls the methods wakes both once the transaction is committed. */
    public VersionOutcomes(EventSink events, JobQueue queue) {
        this.events = events;
        this.queue = queue;
    }

    /** Queues the look into a version. Does nothing when it is queued already. */
    public void queueInspection(StatelessSession tx, String versionId, String owner) {
        queue.put(tx, Job.inspect(versionId, owner));
    }

    /**
     * An engine has seen the version, which may be rendered from here on; its thumbnail is queued. Does nothing when it was
     * seen before.
     *
     * @param engine version of the Blender that looked
     */
    public void inspected(StatelessSession tx, String versionId, Inspection inspection, String engine) {
        ModelVersionRow row = tx.get(ModelVersionRow.class, versionId);
        if (row == null || row.state != VersionState.INSPECTING) {
            return;
        }
        row.state = VersionState.READY;
        row.inspection = SessionCodec.store(inspection);
        LinkedHashSet<RenderWarning> warnings = new LinkedHashSet<>(warnings(row.warnings));
        warnings.addAll(inspection.warnings());
        row.warnings = SessionCodec.store(warnings);
        row.engine = engine;
        row.objects = inspection.objects();
        row.triangles = inspection.triangles();
        row.animated = inspection.scene(null).map(Inspection.Scene::animated).orElse(false);
        row.missingFiles = inspection.missing().size();
        row.updatedAt = Database.now(tx);
        if (row.savedBy == null) {
            row.savedBy = inspection.savedBy();
        }
        tx.update(row);
        queue.put(tx, Job.thumbnail(versionId, row.createdBy));
        announce(tx, row);
    }

    /**
     * No engine here can read the version.
     *
     * @param code one of the protocol's error codes
     * @param problem what is wrong, why, what to do
     */
    public void unusable(StatelessSession tx, String versionId, String code, String problem) {
        ModelVersionRow row = tx.get(ModelVersionRow.class, versionId);
        if (row == null || row.state == VersionState.READY || row.state == VersionState.UNUSABLE) {
            return;
        }
        row.state = VersionState.UNUSABLE;
        row.problemCode = code;
        row.problem = problem.length() > 4000 ? problem.substring(0, 3999) + "\u2026" : problem;
        row.updatedAt = Database.now(tx);
        tx.update(row);
        announce(tx, row);
    }

    /** An engine made a small picture of the version; its bytes are in the store. */
    public void thumbnail(StatelessSession tx, String versionId, Sha256 picture) {
        ModelVersionRow row = tx.get(ModelVersionRow.class, versionId);
        if (row == null) {
            return;
        }
        row.thumbnail = picture.hex();
        row.updatedAt = Database.now(tx);
        tx.update(row);
        announce(tx, row);
    }

    /** Reads the column {@code warnings}. */
    static List<RenderWarning> warnings(@Nullable String json) {
        return json == null
                ? new ArrayList<>()
                : new ArrayList<>(Arrays.asList(SessionCodec.load(json, RenderWarning[].class)));
    }

    private void announce(StatelessSession tx, ModelVersionRow row) {
        events.record(tx, "model", row.model, null, row.createdBy, null);
    }
}

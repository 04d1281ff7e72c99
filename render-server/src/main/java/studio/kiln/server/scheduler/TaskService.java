package studio.kiln.server.scheduler;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.security.Sight;

/**
 * What people may do with tasks. A task is named by its id or its short number. Methods throw
 * {@link studio.kiln.core.api.ApiException} with what is wrong: 404 for no such task, 409 for something that has no
 * meaning in its state, 422 for a request that cannot be rendered.
 */
public interface TaskService {
    /** @param idempotencyKey the same key of the same owner again gives the task of the first time */
    TaskView submit(TaskRequest request, String owner, @Nullable String idempotencyKey);

    TaskPreview preview(TaskRequest request, String owner);

    TaskView task(String id);

    TaskStatus status(String id);

    /** The status, if it is in the memory of this process; never waits. */
    Optional<TaskStatus> statusAtHand(String id);

    /**
     * Newest first.
     *
     * @param sight whose list it is
     * @param states words of states separated by commas, or null for all
     */
    Page<TaskView> list(
            Sight sight, @Nullable String states, @Nullable String query, @Nullable String cursor, int limit);

    TaskView pause(String id, String actor);

    TaskView resume(String id, String actor);

    TaskView cancel(String id, String actor);

    TaskView requeue(String id, Requeue what, String actor);

    TaskView priority(String id, int priority, String actor);

    /** Puts a task before all others of its pool, whoever owns them, until it has ended; or back to its turn. */
    TaskView next(String id, boolean next, String actor);

    /** Holds database, cache and nodes against each other, and mends what differs. */
    TaskVerification verify(String id);

    Page<ResultView> results(String id, @Nullable String cursor, int limit);

    Optional<ResultView> result(String resultId);

    /** Whether a digest is that of a draft which was made of one of the task's frames not long ago. */
    boolean isDraft(String id, Sha256 digest);

    List<ChunkView> chunks(String id);

    Page<TimelineEntry> timeline(String id, @Nullable String cursor, int limit);

    Page<LogLine> logs(String id, @Nullable String cursor, int limit);

    /** The render script of the task, whole. */
    String script(String id);
}

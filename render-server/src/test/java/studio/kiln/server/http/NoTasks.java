package studio.kiln.server.http;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.scheduler.TaskService;
import studio.kiln.server.security.Sight;

/** A server without tasks: each is said to be unknown. */
final class NoTasks implements TaskService {
    @Override
    public TaskView submit(TaskRequest request, String owner, @Nullable String idempotencyKey) {
        throw unknown();
    }

    @Override
    public TaskPreview preview(TaskRequest request, String owner) {
        throw unknown();
    }

    @Override
    public TaskView task(String id) {
        throw unknown();
    }

    @Override
    public Optional<TaskStatus> statusAtHand(String id) {
        return Optional.empty();
    }

    @Override
    public TaskStatus status(String id) {
        throw unknown();
    }

    @Override
    public Page<TaskView> list(
            Sight sight, @Nullable String states, @Nullable String query, @Nullable String cursor, int limit) {
        throw unknown();
    }

    @Override
    public TaskView pause(String id, String actor) {
        throw unknown();
    }

    @Override
    public TaskView resume(String id, String actor) {
        throw unknown();
    }

    @Override
    public TaskView cancel(String id, String actor) {
        throw unknown();
    }

    @Override
    public TaskView requeue(String id, Requeue what, String actor) {
        throw unknown();
    }

    @Override
    public TaskView priority(String id, int priority, String actor) {
        throw unknown();
    }

    @Override
    public TaskView next(String id, boolean next, String actor) {
        throw unknown();
    }

    @Override
    public Page<ResultView> results(String id, @Nullable String cursor, int limit) {
        throw unknown();
    }

    @Override
    public Optional<ResultView> result(String resultId) {
        throw unknown();
    }

    @Override
    public boolean isDraft(String id, Sha256 digest) {
        throw unknown();
    }

    @Override
    public List<ChunkView> chunks(String id) {
        throw unknown();
    }

    @Override
    public TaskVerification verify(String id) {
        throw unknown();
    }

    @Override
    public Page<TimelineEntry> timeline(String id, @Nullable String cursor, int limit) {
        throw unknown();
    }

    @Override
    public Page<LogLine> logs(String id, @Nullable String cursor, int limit) {
        throw unknown();
    }

    @Override
    public String script(String id) {
        throw unknown();
    }

    private static ApiException unknown() {
        return new ApiException(Problem.of(404, "NO_SUCH_TASK", "There is no such task", "There are no tasks here."));
    }
}

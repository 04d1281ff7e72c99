package studio.kiln.core.task;

import static studio.kiln.core.task.AttemptState.LOST;
import static studio.kiln.core.task.AttemptState.PUBLISHING;
import static studio.kiln.core.task.AttemptState.SUPERSEDED;

import java.util.Optional;

/**
 * The whole transition table of tasks, chunks and attempts. Nothing else decides a transition. An empty answer means that
 * the trigger has no meaning in that state: the caller changes nothing and says so.
 *
 * <p>A task moves in two ways: by a trigger of a person ({@link #task}), and because its chunks moved ({@link #settle}).
 * Both run under the lock of the task's row.
 */
public final class Transitions {
    private Transitions() {}

    /**
     * The state that follows when {@code trigger} reaches a task.
     *
     * @param chunks the counts before the trigger; a pause or cancel is complete at once when nothing runs
     */
    public static Optional<TaskState> task(TaskState from, TaskTrigger trigger, ChunkCounts chunks) {
        boolean active = chunks.active() > 0;
        return Optional.ofNullable(
                switch (trigger) {
                    case RELEASE -> from == TaskState.WAITING ? TaskState.QUEUED : null;
                    case AWAIT -> from == TaskState.QUEUED && !active ? TaskState.WAITING : null;
                    case PAUSE ->
                        switch (from) {
                            case WAITING, QUEUED, RUNNING -> active ? TaskState.PAUSE_REQUESTED : TaskState.PAUSED;
                            default -> null;
                        };
                    case RESUME ->
                        switch (from) {
                            case PAUSED, PAUSE_REQUESTED -> active ? TaskState.RUNNING : TaskState.QUEUED;
                            default -> null;
                        };
                    case CANCEL ->
                        switch (from) {
                            case WAITING, QUEUED, RUNNING, PAUSE_REQUESTED, PAUSED ->
                                active ? TaskState.CANCEL_REQUESTED : TaskState.CANCELLED;
                            default -> null;
                        };
                    case REQUEUE -> from.isEnd() ? TaskState.QUEUED : null;
                    case REJECT -> from.isEnd() ? null : TaskState.FAILED;
                });
    }

    /** The state of a task whose chunks are now as counted. Called after every change of a chunk, under the same lock. */
    public static TaskState settle(TaskState from, ChunkCounts chunks) {
        if (from.isEnd() || from == TaskState.WAITING) {
            return from;
        }
        if (chunks.open() == 0) {
            return ended(from, chunks);
        }
        boolean active = chunks.active() > 0;
        return switch (from) {
            case PAUSE_REQUESTED -> active ? from : TaskState.PAUSED;
            case CANCEL_REQUESTED -> active ? from : TaskState.CANCELLED;
            case QUEUED, RUNNING -> active ? TaskState.RUNNING : TaskState.QUEUED;
            default -> from;
        };
    }

    private static TaskState ended(TaskState from, ChunkCounts chunks) {
        if (chunks.cancelled() > 0 || (from == TaskState.CANCEL_REQUESTED && chunks.total() == 0)) {
            return TaskState.CANCELLED;
        }
        return chunks.failed() > 0 ? TaskState.FAILED : TaskState.SUCCEEDED;
    }

    /** The state that follows when {@code trigger} reaches a chunk. */
    public static Optional<ChunkState> chunk(ChunkState from, ChunkTrigger trigger) {
        return Optional.ofNullable(
                switch (trigger) {
                    case LEASE -> from == ChunkState.READY ? ChunkState.LEASED : null;
                    case START -> from == ChunkState.LEASED ? ChunkState.RUNNING : null;
                    case SUCCEED -> from.isActive() ? ChunkState.SUCCEEDED : null;
                    case RETRY -> from.isActive() ? ChunkState.RETRY_WAIT : null;
                    case DUE -> from == ChunkState.RETRY_WAIT ? ChunkState.READY : null;
                    case FAIL -> from.isActive() ? ChunkState.FAILED : null;
                    case TAKE_BACK, RELEASE -> from.isActive() ? ChunkState.READY : null;
                    case CANCEL -> from.isEnd() ? null : ChunkState.CANCELLED;
                    case REQUEUE -> from.isEnd() ? ChunkState.READY : null;
                });
    }

    /** The state that follows when {@code trigger} reaches an attempt. An attempt that is over never changes again. */
    public static Optional<AttemptState> attempt(AttemptState from, AttemptTrigger trigger) {
        if (from.isEnd()) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (trigger) {
                    case START -> from == AttemptState.LEASED ? AttemptState.RUNNING : null;
                    case RENDERED -> from == AttemptState.RUNNING ? PUBLISHING : null;
                    case SUCCEED -> from == AttemptState.LEASED ? null : AttemptState.SUCCEEDED;
                    case FAIL -> AttemptState.FAILED;
                    case LOSE -> LOST;
                    case CANCEL -> AttemptState.CANCELLED;
                    case SUPERSEDE -> SUPERSEDED;
                });
    }
}

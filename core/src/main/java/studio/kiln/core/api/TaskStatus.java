package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.TaskState;

/**
 * The cheap answer of {@code GET /api/tasks/{id}/status}.
 *
 * @param status the word for the state, see {@code StateWord}
 * @param revision rises with every change of the task; an older one never replaces a newer one
 * @param progress 0..1 over all outputs, never falling while the task is not requeued
 * @param now what renders at this moment, or null
 * @param left time to the end, or null when nothing was measured yet or nothing is left
 * @param problem why it failed or is stuck, in a sentence, or null
 */
public record TaskStatus(
        String id,
        TaskState state,
        String status,
        long revision,
        double progress,
        OutputCounts outputs,
        @Nullable FrameProgress now,
        @Nullable Estimate left,
        @Nullable String problem,
        Instant updatedAt) {}

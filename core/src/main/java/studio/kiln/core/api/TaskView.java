package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.ChunkCounts;
import studio.kiln.core.task.TaskState;

/**
 * A render task as the board and its own page show it.
 *
 * @param number short number for people, from 1
 * @param status the word for the state
 * @param revision rises with every change
 * @param generation rises with every requeue, from 1
 * @param frames resolved, in the notation of {@code FrameSet}; "" until planned
 * @param engine null until planned
 * @param spentSeconds render time of all attempts
 * @param newestResult id of the picture that was published last, or null
 * @param after ids of the tasks that it waits for
 * @param why one sentence: why it waits, failed or was ended; null when there is nothing to say
 */
public record TaskView(
        String id,
        long number,
        String name,
        String modelId,
        String modelName,
        String modelVersionId,
        int modelVersion,
        String owner,
        TaskState state,
        String status,
        long revision,
        int generation,
        int priority,
        String frames,
        @Nullable String scene,
        RenderSettings settings,
        @Nullable EngineUse engine,
        OutputCounts outputs,
        ChunkCounts chunks,
        @Nullable FrameProgress now,
        @Nullable Estimate left,
        double spentSeconds,
        @Nullable String newestResult,
        List<RenderWarning> warnings,
        List<String> after,
        @Nullable String why,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt) {}

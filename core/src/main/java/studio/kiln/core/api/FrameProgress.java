package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;

/**
 * How far the frame under way is. Comes as an event without a number, at most four times a second for each task.
 *
 * @param phase such as {@code rendering} or {@code saving}
 * @param done of {@code total}, in samples or tiles
 * @param unit {@code samples} or {@code tiles}, or null where the engine reports neither
 */
public record FrameProgress(
        String taskId,
        int frame,
        String phase,
        int done,
        int total,
        @Nullable String unit,
        String node) {}

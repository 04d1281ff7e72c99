package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;

/**
 * How far the frame under way is. Comes as an event without a number, at most four times a second for each task.
 *
 * @param phase such as {@code rendering} or {@code saving}
 * @param done of {@code total}, in samples or tiles
 * @param unit {@code samples} or {@code tiles}, or null where the engine reports neither
 * @param draft digest of a small, quickly rendered PNG of this frame, at {@code /api/tasks/{task}/drafts/{draft}}; null for
 *     frames that take too short a time for one
 */
public record FrameProgress(
        String taskId,
        int frame,
        String phase,
        int done,
        int total,
        @Nullable String unit,
        String node,
        @Nullable Sha256 draft) {}

package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the event stream brings.
 *
 * @param seq consecutive number, the id to resume from; null for progress, which is not kept
 * @param type {@code task} (data: TaskView), {@code result} (ResultView), {@code model} (ModelView), {@code engine}
 *     (EngineView), {@code progress} (FrameProgress), {@code log} (LogLine with taskId), or {@code reset}: events were
 *     missed, read everything anew
 * @param subjectId id of what changed
 */
public record ServerEvent(
        @Nullable Long seq, String type, @Nullable String subjectId, Instant at, JsonNode data) {}

package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A machine that renders.
 *
 * @param state {@code ready}, {@code busy} (every slot renders), {@code draining}, {@code drained}, {@code disabled}, {@code
 *     set-aside} (it failed everything) or {@code lost} (nothing was heard of it for half a minute)
 * @param embedded whether it is part of a server
 * @param slots how many chunks it renders at a time
 * @param busy how many it renders now
 * @param memoryBytes of the machine
 * @param loadPercent of its processors, as it said last
 * @param version of Kiln on it; null when it has not come yet
 * @param engines the Blenders that can get work
 * @param problem what a wrangler should know of it, in a sentence
 */
public record NodeView(
        String id,
        String name,
        String state,
        boolean embedded,
        int slots,
        int busy,
        int cores,
        long memoryBytes,
        int loadPercent,
        @Nullable String version,
        List<String> tags,
        List<EngineUse> engines,
        Instant seenAt,
        Instant createdAt,
        @Nullable String problem) {
    public NodeView {
        tags = List.copyOf(tags);
        engines = List.copyOf(engines);
    }
}

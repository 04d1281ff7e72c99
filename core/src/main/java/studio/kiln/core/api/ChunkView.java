package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.FailureKind;

/** A chunk with its attempts, oldest first. */
public record ChunkView(
        String id,
        int ordinal,
        String kind,
        ChunkState state,
        String frames,
        int outputs,
        int done,
        int failures,
        int lostLeases,
        @Nullable Instant notBefore,
        List<Attempt> attempts) {
    /** One execution of the chunk on one node. */
    public record Attempt(
            String id,
            String node,
            AttemptState state,
            Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable FailureKind failure,
            @Nullable String code,
            @Nullable String message) {}
}

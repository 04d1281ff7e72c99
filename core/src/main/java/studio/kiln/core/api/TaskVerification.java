package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.TaskState;

/**
 * A task as the database, the cache and the nodes have it, beside each other, and what was mended. The database is the truth,
 * except where a node is asked what it does.
 *
 * @param cache null when nothing is kept there, which is no difference
 * @param attempts what the database believes to be under way, and what nodes say that they do besides
 * @param mended a sentence for each difference that was mended; empty when all agree
 */
public record TaskVerification(
        String taskId, long number, Kept database, @Nullable Kept cache, List<Held> attempts, List<String> mended) {
    /** What is kept of a task's state. */
    public record Kept(TaskState state, long revision, OutputCounts outputs) {}

    /**
     * An attempt that somebody believes to be under way.
     *
     * @param chunk ordinal of its chunk
     * @param node its name
     * @param current whether the database believes so
     * @param held whether the node says so; null when this server has not heard from the node lately
     * @param heardAt when the node said it
     */
    public record Held(
            String attemptId,
            int chunk,
            String node,
            boolean current,
            @Nullable Boolean held,
            @Nullable Instant heardAt) {}
}

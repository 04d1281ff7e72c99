package studio.kiln.server.cache;

import java.util.Map;
import java.util.Optional;
import studio.kiln.core.api.TaskStatus;

/**
 * The last known status of tasks, by revision: an older one never replaces a newer one, in whatever order they come. May
 * forget anything at any time. Safe for any number of threads.
 */
public interface StatusCache {
    /** The status, unless a newer revision was announced since. */
    Optional<TaskStatus> get(String taskId);

    /** Whether {@link #get} never waits for anything. */
    boolean isLocal();

    /** Keeps a status, unless the same or a newer one is known or announced. */
    void put(TaskStatus status);

    /** Says that a task has a new revision: what is kept of older ones is not given any more. */
    void outdate(String taskId, long revision);

    /** As {@link #outdate(String, long)} for several tasks. */
    default void outdate(Map<String, Long> revisions) {
        revisions.forEach(this::outdate);
    }

    /** Drops all that is known of a task, for when it was found to be wrong. */
    void forget(String taskId);
}

package studio.kiln.server.cache;

import java.util.Optional;
import studio.kiln.core.api.TaskStatus;

/**
 * The last known status of tasks, by revision: an older one never replaces a newer one, in whatever order they come. May
 * forget anything at any time. Safe for any number of threads.
 */
public interface StatusCache {
    /** The status, unless a newer revision was announced since. */
    Optional<TaskStatus> get(String taskId);

    /** Keeps a status, unless the same or a newer one is known or announced. */
    void put(TaskStatus status);

    /** Says that a task has a new revision: what is kept of older ones is not given any more. */
    void outdate(String taskId, long revision);

    /** Drops all that is known of a task, for when it was found to be wrong. */
    void forget(String taskId);
}

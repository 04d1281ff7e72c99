package studio.kiln.core.task;

/** Where a chunk, the smallest thing that is scheduled, stands. */
public enum ChunkState {
    /** May be claimed. */
    READY,
    /** Given to a node that has not begun yet. */
    LEASED,
    /** A node works on it. */
    RUNNING,
    /** Failed in a way that may pass; becomes ready again at its {@code not_before}. */
    RETRY_WAIT,
    /** All its outputs exist. */
    SUCCEEDED,
    /** Given up. */
    FAILED,
    /** Ended with its task by a person. */
    CANCELLED;

    /** Whether a node holds the chunk. */
    public boolean isActive() {
        return this == LEASED || this == RUNNING;
    }

    /** Whether the chunk needs nothing more. */
    public boolean isEnd() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }
}

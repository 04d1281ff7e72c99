package studio.kiln.core.task;

/** What happens to a chunk. */
public enum ChunkTrigger {
    /** Handed to a node. */
    LEASE,
    /** The node began. */
    START,
    /** All outputs exist. */
    SUCCEED,
    /** Failed, to be tried again later. */
    RETRY,
    /** The time of the retry has come. */
    DUE,
    /** Failed for good. */
    FAIL,
    /** The lease ran out; somebody else may take it at once. */
    TAKE_BACK,
    /** The node gives it back unharmed (it drains, or has no room). */
    RELEASE,
    /** The task was cancelled. */
    CANCEL,
    /** A person asks for it again. */
    REQUEUE
}

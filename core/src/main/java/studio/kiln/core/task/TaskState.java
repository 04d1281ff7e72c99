package studio.kiln.core.task;

/** Where a render task stands. Which state may follow which is decided in {@link Transitions} and nowhere else. */
public enum TaskState {
    /** Waits for other tasks to end. */
    WAITING,
    /** Has work that any fitting node may take; nothing of it renders at this moment. */
    QUEUED,
    /** At least one chunk is leased or renders. */
    RUNNING,
    /** A pause was asked for; chunks that run go on to their end. */
    PAUSE_REQUESTED,
    /** Nothing runs and nothing is handed out until a person resumes it. */
    PAUSED,
    /** A cancel was asked for; nodes are stopping what runs. */
    CANCEL_REQUESTED,
    /** Every output exists. */
    SUCCEEDED,
    /** Nothing is left to do, and at least one output could not be made. */
    FAILED,
    /** Ended by a person. Outputs that were published are kept. */
    CANCELLED;

    /** Whether nothing more happens unless a person requeues the task. */
    public boolean isEnd() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /** Whether the scheduler may hand out chunks of a task in this state. */
    public boolean isRunnable() {
        return this == QUEUED || this == RUNNING;
    }
}

package studio.kiln.core.task;

/** What a person, another task or the scheduler asks of a task. */
public enum TaskTrigger {
    /** The tasks that this one waits for have ended well. */
    RELEASE,
    /** It was resumed or requeued, and tasks that it waits for have not ended well yet. */
    AWAIT,
    /** A person asks for a pause. */
    PAUSE,
    /** A person lets it go on. */
    RESUME,
    /** A person ends it. */
    CANCEL,
    /** A person asks for what is missing to be tried again. */
    REQUEUE,
    /** It turned out before or during planning that this can never render. */
    REJECT
}

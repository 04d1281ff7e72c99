package studio.kiln.core.task;

/** What happens to an attempt. */
public enum AttemptTrigger {
    START,
    /** The last output is rendered. */
    RENDERED,
    SUCCEED,
    FAIL,
    LOSE,
    CANCEL,
    SUPERSEDE
}

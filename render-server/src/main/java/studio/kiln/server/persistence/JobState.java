package studio.kiln.server.persistence;

/** Where a job stands. */
public enum JobState {
    /** To be done, not before its time. */
    READY,
    /** Somebody does it. */
    LEASED,
    DONE,
    /** Given up; an operator may look at it and replay it. */
    DEAD
}

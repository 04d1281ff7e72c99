package studio.kiln.server.security;

/** What a name in a request can mean, where what it means belongs to somebody. */
public enum Subject {
    PROJECT,
    MODEL,
    /** A version of a model; belongs to whom the model belongs. */
    VERSION,
    TASK,
    /** A published picture; belongs to whom its task belongs. */
    RESULT
}

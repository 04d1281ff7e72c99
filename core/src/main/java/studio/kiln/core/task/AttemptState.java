package studio.kiln.core.task;

/** Where one execution of a chunk on one node stands. */
public enum AttemptState {
    LEASED,
    RUNNING,
    /** All outputs are rendered; the last ones are being verified and published. */
    PUBLISHING,
    SUCCEEDED,
    FAILED,
    /** Its lease ran out and the chunk was taken back. */
    LOST,
    CANCELLED,
    /** Another attempt took its place; what it still reports is recorded and changes nothing. */
    SUPERSEDED;

    /** Whether the attempt is over. */
    public boolean isEnd() {
        return this != LEASED && this != RUNNING && this != PUBLISHING;
    }
}

package studio.kiln.server.persistence;

/** The database cannot be opened or does not answer; the message says what to do. */
public final class DatabaseUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DatabaseUnavailable(String message) {
        super(message);
    }

    public DatabaseUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}

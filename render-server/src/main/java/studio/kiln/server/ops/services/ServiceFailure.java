package studio.kiln.server.ops.services;

/** A service does not do what it was asked for; the message says what happened, why, and what to do. */
public final class ServiceFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ServiceFailure(String message) {
        super(message);
    }

    public ServiceFailure(String message, Throwable cause) {
        super(message, cause);
    }
}

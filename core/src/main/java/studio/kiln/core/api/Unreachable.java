package studio.kiln.core.api;

/** No server answered at the address, or the line broke in the middle of an answer. */
public final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Unreachable(String message, Throwable cause) {
        super(message, cause);
    }
}

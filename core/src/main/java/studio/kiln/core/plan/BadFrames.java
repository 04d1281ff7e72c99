package studio.kiln.core.plan;

/** Frames that cannot be rendered as they were written; the message is one sentence for a person. */
public final class BadFrames extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public BadFrames(String message) {
        super(message);
    }
}

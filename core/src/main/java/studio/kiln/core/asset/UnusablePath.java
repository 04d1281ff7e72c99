package studio.kiln.core.asset;

/** A path or a set of paths that an upload may not have; the message is one sentence for a person. */
public final class UnusablePath extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public UnusablePath(String message) {
        super(message);
    }
}

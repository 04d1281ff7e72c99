package studio.kiln.core.blender;

/** A file that is no .blend or is damaged at its start; the message is for a person. */
public final class NotABlend extends Exception {
    private static final long serialVersionUID = 1;

    public NotABlend(String message) {
        super(message);
    }
}

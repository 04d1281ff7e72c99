package studio.kiln.core.blender;

/** A number of a request is not within its bounds; the message says those to a person. */
public final class OutOfRange extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String member;

    /**
     * @param member which one, as it is called in JSON
     * @param message one sentence
     */
    public OutOfRange(String member, String message) {
        super(message);
        this.member = member;
    }

    public String member() {
        return member;
    }
}

package studio.kiln.server.persistence;

/** Kinds of work that is done once. */
public enum JobKind {
    /** Turn a submission into outputs and chunks; any server. Subject: task. */
    PLAN(false),
    /** Look into a model version; a node's interactive session. Subject: model version. */
    INSPECT(true),
    /** Make a small picture of a model version; a node's interactive session. Subject: model version. */
    THUMBNAIL(true);

    private final boolean onNode;

    JobKind(boolean onNode) {
        this.onNode = onNode;
    }

    /** Whether a node with a Blender does it, rather than a server. */
    public boolean onNode() {
        return onNode;
    }
}

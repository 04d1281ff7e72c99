package studio.kiln.server.persistence;

/** What a wrangler wants of a node. */
public enum NodeState {
    /** It gets work. */
    ACTIVE,
    /** It gets no more work; what it has goes on to its end. */
    DRAINING,
    /** It gets no more work, and gives back what it has. */
    DISABLED
}

package studio.kiln.core.access;

/** What somebody wants to do to a {@link Thing}. */
public enum Act {
    READ,
    /** Change, steer, or add to it. */
    EDIT,
    /** Take it away. */
    DELETE,
    /** See and change with whom it is shared. */
    SHARE
}

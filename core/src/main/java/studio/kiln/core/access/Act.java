package studio.kiln.core.access;

/** What somebody wants to do to a {@link Thing}. */
public enum Act {
    READ,
    /** Change, steer, add to or delete it. */
    EDIT,
    /** See and change with whom it is shared. */
    SHARE
}

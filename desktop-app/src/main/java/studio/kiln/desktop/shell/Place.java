package studio.kiln.desktop.shell;

/** Where a person is in the studio. */
public sealed interface Place {
    /** A room of the sidebar. */
    record InRoom(String id) implements Place {}

    /** The page of one task. */
    record OfTask(String taskId) implements Place {}
}

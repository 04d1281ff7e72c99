package studio.kiln.core.api;

/** Where a model version stands. */
public enum VersionState {
    /** Files are still to be sent. */
    UPLOADING,
    /** Complete; an engine looks into it. */
    INSPECTING,
    /** May be rendered. */
    READY,
    /** No engine here can read it; the version's problem says why. */
    UNUSABLE
}

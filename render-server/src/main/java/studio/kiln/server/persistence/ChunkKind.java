package studio.kiln.server.persistence;

/** What a chunk makes. */
public enum ChunkKind {
    RENDER
}

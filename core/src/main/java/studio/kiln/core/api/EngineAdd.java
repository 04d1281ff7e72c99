package studio.kiln.core.api;

/** @param path of a Blender executable, or of the folder that holds it, on the server's machine */
public record EngineAdd(String path) {}

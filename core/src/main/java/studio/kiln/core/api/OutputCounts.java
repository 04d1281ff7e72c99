package studio.kiln.core.api;

/**
 * The pictures of a task.
 *
 * @param done published, those that were reused included
 * @param reused taken from an earlier render
 * @param failed given up
 */
public record OutputCounts(int total, int done, int reused, int failed) {}

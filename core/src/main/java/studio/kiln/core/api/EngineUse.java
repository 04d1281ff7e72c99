package studio.kiln.core.api;

/**
 * The engine build that a task is pinned to.
 *
 * @param version such as {@code 4.3.2}
 * @param backend {@code docker} or {@code process}
 * @param containment in words, such as "sealed container" or "bubblewrap"
 */
public record EngineUse(String id, String version, String buildHash, String backend, String containment) {}

package studio.kiln.core.api;

/** A new project of one's own. */
public record ProjectAdd(String name) {}

package studio.kiln.core.api;

/** A new group. */
public record GroupAdd(String name) {}

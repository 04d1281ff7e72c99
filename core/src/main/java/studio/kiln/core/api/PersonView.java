package studio.kiln.core.api;

/** Somebody to share with, as everybody in the studio sees them. */
public record PersonView(String name, String displayName) {}

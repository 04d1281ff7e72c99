package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;

/**
 * A new token of one's own, for a program.
 *
 * @param name what it is for
 * @param days until it expires, 1 to 366; null is 90
 */
public record TokenAdd(String name, @Nullable Integer days) {}

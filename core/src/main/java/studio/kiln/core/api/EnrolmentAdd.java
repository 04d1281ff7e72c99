package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a token with which one node joins.
 *
 * @param minutes until it expires, 1 to 10080; null is an hour
 */
public record EnrolmentAdd(@Nullable Integer minutes) {}

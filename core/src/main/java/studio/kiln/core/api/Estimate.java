package studio.kiln.core.api;

/**
 * How long something takes, from measured frames.
 *
 * @param seconds median expectation
 * @param spread plus or minus, seconds
 * @param measured how many frames it rests on
 */
public record Estimate(double seconds, double spread, int measured) {}

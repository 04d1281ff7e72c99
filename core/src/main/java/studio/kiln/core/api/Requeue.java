package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;

/**
 * What to try again.
 *
 * @param frames in the notation of {@code FrameSet}: render these again although they exist; null tries only what is
 *     missing
 */
public record Requeue(@Nullable String frames) {}

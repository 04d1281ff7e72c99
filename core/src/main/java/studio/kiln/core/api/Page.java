package studio.kiln.core.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param next cursor to give back for the page that follows, or null at the end; opaque
 */
public record Page<T>(List<T> items, @Nullable String next) {}

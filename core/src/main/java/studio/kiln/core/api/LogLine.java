package studio.kiln.core.api;

import java.time.Instant;

/** @param level {@code info}, {@code warning} or {@code error} */
public record LogLine(Instant at, String attemptId, String level, String message) {}

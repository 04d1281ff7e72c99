package studio.kiln.core.api;

import java.time.Instant;

/** A named folder of models and tasks. */
public record ProjectView(String id, String name, String owner, Instant createdAt) {}

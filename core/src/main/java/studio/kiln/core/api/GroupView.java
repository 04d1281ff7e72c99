package studio.kiln.core.api;

import java.time.Instant;
import java.util.List;

/** @param members names of accounts */
public record GroupView(String id, String name, List<String> members, Instant createdAt) {}

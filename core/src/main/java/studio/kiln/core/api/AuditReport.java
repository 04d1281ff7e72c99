package studio.kiln.core.api;

import java.util.List;

/**
 * What a look through the sealed entries found.
 *
 * @param unsealed entries that are not sealed yet: those of the last second, or more when no server seals
 * @param head number and digest of the newest sealed entry, as {@code NUMBER:DIGEST}; keep it elsewhere, and a later look can tell
 *     that nothing before it was changed or taken away
 * @param breaks sentences, none when all is sound; the first hundred
 */
public record AuditReport(long sealed, long unsealed, String head, List<String> breaks) {}

package studio.kiln.server.storage;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import studio.kiln.core.asset.Sha256;

/**
 * Removes blobs that nothing refers to: what a crash left between storing bytes and committing the row, and what belonged
 * to deleted models. A blob that was stored or touched within the grace time is spared, as the row that will refer to it
 * may not be committed yet.
 */
public final class BlobGarbage {
    private static final int BATCH = 500;

    private final BlobStore store;
    private final References references;
    private final Duration grace;

    public BlobGarbage(BlobStore store, References references, Duration grace) {
        this.store = store;
        this.references = references;
        this.grace = grace;
    }

    /**
     * Looks at every blob.
     *
     * @param dryRun whether to count only
     * @param now by the clock of the store
     */
    public Collected collect(boolean dryRun, Instant now) throws IOException {
        Instant before = now.minus(grace);
        List<BlobStore.Stored> old = new ArrayList<>();
        store.forEach(blob -> {
            if (!blob.touchedAt().isAfter(before)) {
                old.add(blob);
            }
        });
        int count = 0;
        long bytes = 0;
        for (int from = 0; from < old.size(); from += BATCH) {
            List<BlobStore.Stored> batch = old.subList(from, Math.min(from + BATCH, old.size()));
            Set<Sha256> used = references.among(
                    batch.stream().map(BlobStore.Stored::digest).toList());
            for (BlobStore.Stored blob : batch) {
                if (!used.contains(blob.digest()) && (dryRun || store.deleteIfUntouchedSince(blob.digest(), before))) {
                    count++;
                    bytes += blob.size();
                }
            }
        }
        return new Collected(count, bytes);
    }

    /** Who refers to blobs. */
    @FunctionalInterface
    public interface References {
        /** Those of the digests that something refers to. */
        Set<Sha256> among(Collection<Sha256> digests);
    }

    /**
     * What was removed, or would be.
     *
     * @param bytes of all of them together
     */
    public record Collected(int blobs, long bytes) {}
}

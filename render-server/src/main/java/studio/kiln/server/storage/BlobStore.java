package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;

/**
 * Immutable bytes addressed by their digest. Safe for any number of threads and processes. A blob is there whole or not
 * at all, and survives a crash once a {@code put} has returned.
 */
public interface BlobStore extends AutoCloseable {
    /**
     * Stores what is left of a stream; memory stays flat at any size.
     *
     * @param expected when given, anything else is refused and nothing is kept
     * @throws DigestMismatch when the bytes are not those that were announced
     */
    Blob put(InputStream in, @Nullable Sha256 expected) throws IOException;

    /** As {@link #put(InputStream, Sha256)}, by moving or copying a file; the file may be gone afterwards. */
    Blob take(Path file, @Nullable Sha256 expected) throws IOException;

    /** @throws java.nio.file.NoSuchFileException when there is no such blob */
    InputStream open(Sha256 digest) throws IOException;

    /** The blob as a local file that must only be read, where the store is a local folder. */
    Optional<Path> localFile(Sha256 digest);

    /** Bytes of the blob, or empty when there is none. */
    Optional<Long> size(Sha256 digest) throws IOException;

    /** Does nothing when there is no such blob. */
    void delete(Sha256 digest) throws IOException;

    /**
     * Marks a blob as used at this moment, so that {@link #deleteIfUntouchedSince} spares it: whoever is about to refer to
     * a blob that is there already touches it first.
     *
     * @return false when there is no such blob
     */
    boolean touch(Sha256 digest) throws IOException;

    /**
     * Deletes a blob that was neither stored nor touched after {@code moment}.
     *
     * @return whether it was deleted
     */
    boolean deleteIfUntouchedSince(Sha256 digest, Instant moment) throws IOException;

    /** Every blob, in no order; blobs that come or go meanwhile may be seen or not. */
    void forEach(Consumer<Stored> visitor) throws IOException;

    @Override
    void close();

    /** @param size bytes */
    record Blob(Sha256 digest, long size) {}

    /**
     * A blob as a listing shows it.
     *
     * @param size bytes
     * @param touchedAt when it was stored or touched last, by the store's clock
     */
    record Stored(Sha256 digest, long size, Instant touchedAt) {}
}

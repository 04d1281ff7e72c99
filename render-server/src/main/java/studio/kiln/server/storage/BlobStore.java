package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
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

    /** A folder of this machine whose files {@link #take} moves and does not copy; empty where there is none. */
    default Optional<Path> incoming() {
        return Optional.empty();
    }

    /** @throws java.nio.file.NoSuchFileException when there is no such blob */
    InputStream open(Sha256 digest) throws IOException;

    /**
     * The blob as a local file that must only be read, where the store is a local folder; empty elsewhere, where readers
     * {@link #open} it.
     */
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

    /**
     * Removes what writers that were interrupted left behind, blobs never.
     *
     * @param age spares what is younger
     * @return how many files
     */
    int sweep(Duration age) throws IOException;

    /** Stores, reads and removes something small; an exception says in a sentence what is wrong and what to do. */
    void check() throws IOException;

    /** How clients and the store can exchange bytes without this process between them; empty where they cannot. */
    default Optional<DirectTransfer> direct() {
        return Optional.empty();
    }

    @Override
    void close();

    /** @param size bytes */
    record Blob(Sha256 digest, long size) {}

    /**
     * A blob as a listing shows it.
     *
     * @param size bytes
     * @param touchedAt when it was stored or touched last, by the store's clock; up to a second late where that clock
     *     tells whole seconds
     */
    record Stored(Sha256 digest, long size, Instant touchedAt) {}
}

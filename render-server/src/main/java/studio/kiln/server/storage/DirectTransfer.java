package studio.kiln.server.storage;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import studio.kiln.core.asset.Sha256;

/**
 * Bytes that go between a client and the store themselves, by addresses that hold a permission for one file and a short
 * time. Clients never get one to write where blobs are: they write to a place of their own, and {@link #accept} looks at
 * it. Safe for any number of threads.
 */
public interface DirectTransfer {
    /**
     * An address that gives the blob to whoever has it; there may be no such blob.
     *
     * @param validFor one second to seven days
     */
    URI download(Sha256 digest, Duration validFor) throws IOException;

    /**
     * A new place where a client may {@code PUT} one file.
     *
     * @param validFor one second to seven days
     */
    Place upload(Duration validFor) throws IOException;

    /**
     * Makes a blob of what a client wrote, after its digest was computed from the stored bytes.
     *
     * @param name of the {@link Place}
     * @param mostBytes more is refused
     * @throws DigestMismatch when it is something else than was announced; it is gone then
     * @throws java.nio.file.NoSuchFileException when nothing was written there
     */
    BlobStore.Blob accept(String name, Sha256 expected, long mostBytes) throws IOException;

    /**
     * Where a client may write.
     *
     * @param name what {@link #accept} is told
     * @param address for one PUT without further headers
     */
    record Place(String name, URI address) {}
}

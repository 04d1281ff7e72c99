package studio.kiln.server.library;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.hibernate.StatelessSession;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.ops.ServerConfig.UploadLimits;
import studio.kiln.server.persistence.BlobRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.OwnedBlobRow;
import studio.kiln.server.persistence.UploadRow;
import studio.kiln.server.storage.BlobStore;
import studio.kiln.server.storage.DigestMismatch;

/**
 * Files on their way in. How much of each has arrived stands in the database, their bytes in a staging folder of the
 * store; both survive the end of the process, and the database is right where they differ. Safe for any number of threads.
 */
public final class Uploads {
    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
    private static final long MOST_DRAINED = 16 << 20;
    private static final int BUFFER = 1 << 17;
    private static final Duration TAKE_OVER = Duration.ofSeconds(10);

    private final Database database;
    private final BlobStore store;
    private final Path folder;
    private final UploadLimits limits;
    private final ConcurrentHashMap<String, Writing> writing = new ConcurrentHashMap<>();

    /** @param folder on the store's disk, so that a whole file is moved and not copied */
    public Uploads(Database database, BlobStore store, Path folder, UploadLimits limits) throws IOException {
        this.database = database;
        this.store = store;
        this.folder = folder;
        this.limits = limits;
        Files.createDirectories(folder);
    }

    /**
     * Begins an upload of one file of a version.
     *
     * @param size bytes, as in the manifest
     * @throws ApiException 404, 409, 413 or 422 with what is wrong
     */
    public Upload create(String versionId, Sha256 sha256, long size, String owner) throws IOException {
        if (size > limits.fileBytes()) {
            throw new ApiException(Problem.of(
                    413,
                    "TOO_LARGE",
                    "The file is too large",
                    "A file may have at most " + limits.fileBytes() + " bytes here, and this one has " + size
                            + ". Make it smaller, or have KILN_MOST_FILE_BYTES raised."));
        }
        UploadRow row = database.tx(tx -> {
            check(tx, versionId, sha256, size, owner);
            Instant now = Database.now(tx);
            UploadRow upload = new UploadRow();
            upload.id = Ids.next();
            upload.version = versionId;
            upload.sha256 = sha256.hex();
            upload.owner = owner;
            upload.size = size;
            upload.createdAt = now;
            upload.expiresAt = now.plus(limits.idle());
            tx.insert(upload);
            return upload;
        });
        if (size == 0) {
            Files.write(file(row.id), new byte[0]);
            finish(row);
        }
        return view(row);
    }

    /** How far an upload is. A writer that is still there is cut off first, so that the answer holds. */
    public Upload state(String id, String owner) throws IOException {
        known(id, owner);
        ReentrantLock lock = takeOver(id, null);
        try {
            return view(sound(known(id, owner)));
        } finally {
            release(id, lock);
        }
    }

    /**
     * Appends what a stream brings; what arrived before it broke is kept.
     *
     * @param offset where the bytes belong; must be what has arrived so far
     * @param length of the stream, or -1 when it is not known
     * @param cut ends the stream from another thread
     * @return the upload as it is then; complete when all has arrived and the digest is right
     * @throws DigestMismatch when all has arrived and the digest is wrong; the upload is gone then
     */
    public Upload append(String id, String owner, long offset, InputStream in, long length, Runnable cut)
            throws IOException {
        known(id, owner);
        ReentrantLock lock = takeOver(id, cut);
        try {
            UploadRow row = sound(known(id, owner));
            if (row.received != offset) {
                throw new ApiException(Problem.of(
                        409,
                        "OFFSET_CONFLICT",
                        "The bytes do not belong here",
                        row.received + " bytes have arrived, and these begin at " + offset
                                + ". Ask for the offset (HEAD) and go on from there."));
            }
            if (length > row.size - offset) {
                throw new ApiException(Problem.of(
                        413,
                        "TOO_LARGE",
                        "That is more than was announced",
                        "The file was announced with " + row.size + " bytes, and this would make " + (offset + length)
                                + "."));
            }
            if (row.received < row.size) {
                receive(row, in);
            }
            return view(row);
        } finally {
            release(id, lock);
        }
    }

    /** Gives an upload up. */
    public void abort(String id, String owner) throws IOException {
        known(id, owner);
        ReentrantLock lock = takeOver(id, null);
        try {
            forget(id);
        } finally {
            release(id, lock);
        }
    }

    /** Removes uploads that nothing came for, and files that belong to none; returns how many of both. */
    public int expire() throws IOException {
        List<String> expired = database.read(
                tx -> tx.createSelectionQuery("select id from UploadRow where expiresAt < :now", String.class)
                        .setParameter("now", Database.now(tx))
                        .setMaxResults(1000)
                        .getResultList());
        int removed = 0;
        for (String id : expired) {
            if (!writing.containsKey(id)) {
                forget(id);
                removed++;
            }
        }
        try (var files = Files.list(folder)) {
            for (Path path : files.toList()) {
                String id = String.valueOf(path.getFileName());
                boolean old = Files.getLastModifiedTime(path)
                        .toInstant()
                        .isBefore(Instant.now().minus(limits.idle()));
                if (old && database.read(tx -> tx.get(UploadRow.class, id)) == null) {
                    Files.deleteIfExists(path);
                    removed++;
                }
            }
        }
        return removed;
    }

    /** Whether bytes are arriving at this moment. */
    public boolean areUnderWay() {
        return writing.values().stream().anyMatch(w -> w.lock.isLocked());
    }

    private void check(StatelessSession tx, String versionId, Sha256 sha256, long size, String owner) {
        // A version that is complete takes its own files again: another window of the same person may be a step ahead.
        ModelLibrary.owned(tx, versionId, owner);
        List<ModelFileRow> files = tx.createSelectionQuery(
                        "from ModelFileRow where version = :version and sha256 = :sha256", ModelFileRow.class)
                .setParameter("version", versionId)
                .setParameter("sha256", sha256.hex())
                .setMaxResults(1)
                .getResultList();
        if (files.isEmpty()) {
            throw new ApiException(Problem.of(
                    422,
                    "NOT_ANNOUNCED",
                    "The file was not announced",
                    "The version's manifest names no file with the digest " + sha256 + "."));
        }
        if (files.getFirst().size != size) {
            throw new ApiException(Problem.of(
                    422,
                    "NOT_ANNOUNCED",
                    "The file was announced otherwise",
                    "'" + files.getFirst().path + "' was announced with " + files.getFirst().size + " bytes, not "
                            + size + "."));
        }
    }

    private void receive(UploadRow row, InputStream in) throws IOException {
        IOException broken = null;
        long received = row.received;
        try (FileChannel out = FileChannel.open(file(row.id), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            // what a process that was killed wrote beyond the offset that was told is sent again
            out.truncate(row.received);
            out.position(row.received);
            byte[] buffer = new byte[BUFFER];
            while (received < row.size) {
                int n;
                try {
                    n = in.read(buffer, 0, (int) Math.min(buffer.length, row.size - received));
                } catch (IOException e) {
                    broken = e;
                    break;
                }
                if (n < 0) {
                    break;
                }
                received += write(out, buffer, n, in);
            }
            out.force(false);
        }
        row.received = received;
        if (received < row.size) {
            store(row);
        } else {
            finish(row);
        }
        if (broken != null) {
            throw new CutOff(broken);
        }
    }

    /** @throws IOException when the disk takes no more; what was told before stays, and the rest is sent again */
    private static int write(FileChannel out, byte[] buffer, int length, InputStream rest) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            return length;
        } catch (IOException full) {
            drain(rest, full);
            throw full;
        }
    }

    // A client that still sends hears no answer: the rest is taken in, as far as that is worth it.
    private static void drain(InputStream rest, IOException why) {
        try {
            rest.skip(MOST_DRAINED);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    /** What a crash or a person took from the staging folder has not arrived, unless it went into the store. */
    private UploadRow sound(UploadRow row) throws IOException {
        Path file = file(row.id);
        long there = Files.exists(file) ? Files.size(file) : 0;
        if (row.received < row.size && there < row.received) {
            if (store.size(new Sha256(row.sha256)).orElse(-1L) == row.size && there == 0) {
                row.received = row.size;
                record(row);
            } else {
                row.received = there;
                store(row);
            }
        }
        return row;
    }

    private void store(UploadRow row) {
        database.run(tx -> tx.createMutationQuery(
                        "update UploadRow set received = :received, expiresAt = :expires where id = :id")
                .setParameter("received", row.received)
                .setParameter("expires", Database.now(tx).plus(limits.idle()))
                .setParameter("id", row.id)
                .executeUpdate());
    }

    private void finish(UploadRow row) throws IOException {
        Sha256 digest = new Sha256(row.sha256);
        try {
            store.take(file(row.id), digest);
        } catch (DigestMismatch e) {
            forget(row.id);
            throw e;
        }
        record(row);
    }

    private void record(UploadRow row) {
        try {
            recordOnce(row);
        } catch (ConstraintViolationException e) {
            // the same bytes were recorded by another upload at this very moment
            recordOnce(row);
        }
    }

    private void recordOnce(UploadRow row) {
        database.run(tx -> {
            Instant now = Database.now(tx);
            if (tx.get(BlobRow.class, row.sha256) == null) {
                BlobRow blob = new BlobRow();
                blob.sha256 = row.sha256;
                blob.size = row.size;
                blob.createdAt = now;
                tx.upsert(blob);
            }
            if (tx.get(OwnedBlobRow.class, new OwnedBlobRow.Key(row.owner, row.sha256)) == null) {
                OwnedBlobRow owned = new OwnedBlobRow();
                owned.owner = row.owner;
                owned.sha256 = row.sha256;
                owned.createdAt = now;
                tx.upsert(owned);
            }
            // the row stays until it expires: a client that missed this answer asks for the offset
            tx.createMutationQuery("update UploadRow set received = size, expiresAt = :expires where id = :id")
                    .setParameter("expires", now.plus(limits.idle()))
                    .setParameter("id", row.id)
                    .executeUpdate();
        });
    }

    private void forget(String id) throws IOException {
        database.run(tx -> tx.createMutationQuery("delete from UploadRow where id = :id")
                .setParameter("id", id)
                .executeUpdate());
        Files.deleteIfExists(file(id));
    }

    private UploadRow known(String id, String owner) {
        UploadRow row = Ids.isId(id) ? database.read(tx -> tx.get(UploadRow.class, id)) : null;
        if (row == null || !row.owner.equals(owner)) {
            throw new ApiException(Problem.of(
                    404,
                    "NO_SUCH_UPLOAD",
                    "There is no such upload",
                    "This upload was given up or has expired; begin it anew."));
        }
        return row;
    }

    /**
     * A line that broke may hold its request for minutes before the server notices, while the client is back already: who
     * comes later wins.
     */
    private ReentrantLock takeOver(String id, @Nullable Runnable cut) throws IOException {
        long until = System.nanoTime() + TAKE_OVER.toNanos();
        while (true) {
            Writing mine = writing.computeIfAbsent(id, key -> new Writing());
            lock(mine, until);
            if (writing.get(id) == mine) {
                mine.cut = cut;
                return mine.lock;
            }
            mine.lock.unlock();
        }
    }

    private static void lock(Writing mine, long until) throws IOException {
        try {
            while (!mine.lock.tryLock(50, TimeUnit.MILLISECONDS)) {
                Runnable other = mine.cut;
                if (other != null) {
                    other.run();
                }
                if (System.nanoTime() > until) {
                    throw new ApiException(Problem.of(
                            423,
                            "LOCKED",
                            "The upload is being written",
                            "Another request writes this upload; try again in a few seconds."));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for an upload", e);
        }
    }

    private void release(String id, ReentrantLock lock) {
        Writing mine = writing.get(id);
        if (mine != null) {
            mine.cut = null;
        }
        writing.computeIfPresent(id, (key, w) -> w.lock.hasQueuedThreads() ? w : null);
        lock.unlock();
    }

    private Path file(String id) {
        return folder.resolve(id);
    }

    private static Upload view(UploadRow row) {
        return new Upload(row.id, row.size, row.received, row.expiresAt);
    }

    /**
     * An upload as it stands.
     *
     * @param size bytes in all
     * @param received bytes that will not be asked for again
     */
    public record Upload(String id, long size, long received, Instant expiresAt) {
        public boolean isComplete() {
            return received == size;
        }
    }

    /** The stream broke; what had arrived is kept. */
    public static final class CutOff extends IOException {
        private static final long serialVersionUID = 1;

        CutOff(IOException cause) {
            super("The upload broke off: " + cause.getMessage(), cause);
        }
    }

    private static final class Writing {
        private final ReentrantLock lock = new ReentrantLock();
        private volatile @Nullable Runnable cut;
    }
}

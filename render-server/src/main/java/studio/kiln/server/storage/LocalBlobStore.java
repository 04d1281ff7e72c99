package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;

/**
 * Blobs in a local folder: {@code blobs/ab/abcdef...}. Bytes are written under a temporary name, forced to the disk, and
 * renamed into place in one step, so that a name always stands for whole content, whenever the machine stops.
 *
 * <p>Storing a blob again replaces it by equal bytes: that mends a file that a disk has damaged, and makes it fresh for
 * {@link #deleteIfUntouchedSince}.
 */
public final class LocalBlobStore implements BlobStore {
    private static final Logger LOG = LoggerFactory.getLogger(LocalBlobStore.class);
    private static final Duration LEFT_BEHIND = Duration.ofDays(1);
    private static final int BUFFER = 1 << 16;

    private final Path blobs;
    private final Path staging;
    /** Renaming into place, touching and deleting of one digest exclude each other. */
    private final ReentrantLock[] stripes = new ReentrantLock[64];

    /**
     * @param folder made when it is not there; {@code blobs/} and {@code staging/} in it belong to this store
     */
    public LocalBlobStore(Path folder) throws IOException {
        this.blobs = folder.resolve("blobs");
        this.staging = folder.resolve("staging");
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new ReentrantLock();
        }
        Files.createDirectories(blobs);
        Files.createDirectories(staging);
        sweep(LEFT_BEHIND);
    }

    /** A folder on the same disk for files on their way in: those are moved by {@link #take}, others are copied. */
    public Path staging() {
        return staging;
    }

    @Override
    public Optional<Path> incoming() {
        return Optional.of(staging);
    }

    @Override
    public Blob put(InputStream in, @Nullable Sha256 expected) throws IOException {
        Path temporary = staging.resolve(UUID.randomUUID() + ".tmp");
        try {
            MessageDigest digest = Sha256.digest();
            long size = 0;
            try (FileChannel out =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                byte[] buffer = new byte[BUFFER];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    digest.update(buffer, 0, n);
                    ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
                    while (bytes.hasRemaining()) {
                        out.write(bytes);
                    }
                    size += n;
                }
                out.force(true);
            }
            Sha256 found = Sha256.of(digest);
            check(expected, found);
            place(temporary, found);
            return new Blob(found, size);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Moves a file that lies in {@link #staging()}, which nobody may have open for writing any more; copies any other, as
     * whoever made it may still hold it open.
     */
    @Override
    public Blob take(Path file, @Nullable Sha256 expected) throws IOException {
        if (!file.toAbsolutePath().startsWith(staging.toAbsolutePath())) {
            Blob blob;
            try (InputStream in = Files.newInputStream(file)) {
                blob = put(in, expected);
            }
            Files.deleteIfExists(file);
            return blob;
        }
        Sha256 found = Sha256.of(file);
        check(expected, found);
        long size = Files.size(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        place(file, found);
        return new Blob(found, size);
    }

    @Override
    public InputStream open(Sha256 digest) throws IOException {
        return Files.newInputStream(place(digest));
    }

    @Override
    public Optional<Path> localFile(Sha256 digest) {
        Path file = place(digest);
        return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    @Override
    public Optional<Long> size(Sha256 digest) throws IOException {
        try {
            return Optional.of(Files.size(place(digest)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void delete(Sha256 digest) throws IOException {
        locked(digest, () -> Files.deleteIfExists(place(digest)));
    }

    @Override
    public boolean touch(Sha256 digest) throws IOException {
        return locked(digest, () -> {
            try {
                Files.setLastModifiedTime(place(digest), FileTime.from(Instant.now()));
                return true;
            } catch (NoSuchFileException e) {
                return false;
            }
        });
    }

    @Override
    public boolean deleteIfUntouchedSince(Sha256 digest, Instant moment) throws IOException {
        return locked(digest, () -> {
            Path file = place(digest);
            try {
                return !Files.getLastModifiedTime(file).toInstant().isAfter(moment) && Files.deleteIfExists(file);
            } catch (NoSuchFileException e) {
                return false;
            }
        });
    }

    @Override
    public void forEach(Consumer<Stored> visitor) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(blobs)) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder)) {
                    visit(folder, visitor);
                }
            }
        }
    }

    /** Reads a blob whole and tells whether it still is what its name says. */
    public boolean isSound(Sha256 digest) throws IOException {
        return Sha256.of(place(digest)).equals(digest);
    }

    @Override
    public int sweep(Duration age) throws IOException {
        Instant old = Instant.now().minus(age);
        int removed = 0;
        try (Stream<Path> files = Files.list(staging)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".tmp")).toList()) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(old) && Files.deleteIfExists(file)) {
                        removed++;
                    }
                } catch (NoSuchFileException e) {
                    // its writer has finished
                }
            }
        }
        return removed;
    }

    @Override
    public void check() throws IOException {
        Path probe = staging.resolve(UUID.randomUUID() + ".tmp");
        try {
            Files.write(probe, new byte[] {1});
        } catch (IOException e) {
            throw new StoreFailure(
                    "The folder " + staging + " cannot be written (" + e.getMessage()
                            + "); check its permissions and that the disk is not full.",
                    false,
                    e);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    @Override
    public void close() {
        // Holds nothing open between calls.
    }

    private static void visit(Path folder, Consumer<Stored> visitor) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[0-9a-f]*")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (name.length() != 64) {
                    continue;
                }
                BasicFileAttributes attributes;
                try {
                    attributes = Files.readAttributes(file, BasicFileAttributes.class);
                } catch (NoSuchFileException e) {
                    continue;
                }
                visitor.accept(new Stored(
                        new Sha256(name),
                        attributes.size(),
                        attributes.lastModifiedTime().toInstant()));
            }
        }
    }

    private static void check(@Nullable Sha256 expected, Sha256 found) throws DigestMismatch {
        if (expected != null && !expected.equals(found)) {
            throw new DigestMismatch(expected, found);
        }
    }

    private Path place(Sha256 digest) {
        return blobs.resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    /** The file is on the disk already; from here on its name has to be as well. */
    private void place(Path file, Sha256 digest) throws IOException {
        readOnly(file);
        Path target = place(digest);
        Path folder = Objects.requireNonNull(target.getParent());
        locked(digest, () -> {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder);
                forceFolder(blobs);
            }
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            try {
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                throw e;
            } catch (IOException e) {
                // where open files cannot be replaced (Windows) the equal bytes that are there will do
                if (!Files.isRegularFile(target)) {
                    throw e;
                }
                Files.deleteIfExists(file);
            }
            forceFolder(folder);
            return true;
        });
    }

    private static void readOnly(Path file) throws IOException {
        if (posix(file)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        }
    }

    private static boolean posix(Path file) {
        return Files.getFileAttributeView(file, PosixFileAttributeView.class) != null;
    }

    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows opens no folders; its file system journals names by itself
            LOG.debug("The folder {} cannot be forced to the disk: {}", folder, e.getMessage());
        }
    }

    private boolean locked(Sha256 digest, Action action) throws IOException {
        ReentrantLock lock = stripes[Math.floorMod(digest.hex().hashCode(), stripes.length)];
        lock.lock();
        try {
            return action.run();
        } finally {
            lock.unlock();
        }
    }

    @FunctionalInterface
    private interface Action {
        boolean run() throws IOException;
    }
}

package studio.kiln.server.ops;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * Makes one process the owner of a data folder. The lock is the operating system's: it ends with the process, however
 * that ends.
 */
public final class OwnerLock implements AutoCloseable {
    private final FileChannel channel;

    private OwnerLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Becomes the owner; empty when another one is. */
    public static Optional<OwnerLock> take(Path home) throws IOException {
        return take(home, "owner.lock");
    }

    /** Becomes the one that starts an owner; others wait for what comes of it. */
    public static Optional<OwnerLock> takeForStart(Path home) throws IOException {
        return take(home, "start.lock");
    }

    private static Optional<OwnerLock> take(Path home, String name) throws IOException {
        FileChannel channel = open(home, name);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new OwnerLock(channel));
            }
        } catch (OverlappingFileLockException e) {
            // this very process holds it already
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    private static FileChannel open(Path home, String name) throws IOException {
        Path run = ServerFile.folder(home);
        try {
            makePrivate(home.toAbsolutePath());
            Files.createDirectories(run);
            return FileChannel.open(run.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (FileSystemException e) {
            String why = e instanceof AccessDeniedException
                    ? "there is no permission"
                    : e.getReason() != null ? e.getReason() : "it is no folder, or none can be made there";
            throw new IOException(
                    "The data folder " + home + " cannot be used: " + why + "; name another one with KILN_HOME.", e);
        }
    }

    /** The database, models and pictures are nobody else's business; a folder that is there keeps the rights that it has. */
    private static void makePrivate(Path home) throws IOException {
        if (Files.isDirectory(home)) {
            return;
        }
        if (home.getParent() != null) {
            Files.createDirectories(home.getParent());
        }
        boolean posix = home.getFileSystem().supportedFileAttributeViews().contains("posix");
        try {
            Files.createDirectory(
                    home,
                    posix
                            ? new FileAttribute<?>[] {
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                            }
                            : new FileAttribute<?>[0]);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(home)) {
                throw e;
            }
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}

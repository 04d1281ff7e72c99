package studio.kiln.server.ops;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
        Path run = ServerFile.folder(home);
        Files.createDirectories(run);
        FileChannel channel = FileChannel.open(run.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}

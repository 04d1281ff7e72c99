package studio.kiln.server.ops;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** How full the disk of a data folder is, and how much of that is Kiln's. Safe for any number of threads. */
public final class DiskSpace {
    /** Below this much free space a server says that it is not well. */
    public static final long LOW = 512L << 20;

    private static final Duration FRESH = Duration.ofMinutes(2);

    private final Path home;
    private final AtomicBoolean counting = new AtomicBoolean();
    private volatile long counted;
    private volatile long countedAt = System.nanoTime() - FRESH.toNanos() - 1;

    public DiskSpace(Path home) {
        this.home = home;
    }

    /** Bytes that are left for this user. */
    public long free() {
        // A FileStore would look for its mount point, and in a chroot there may be none.
        return home.toFile().getUsableSpace();
    }

    /** Bytes of all files in the data folder, as counted within the last minutes; never waits for a count. */
    public long used() {
        if (System.nanoTime() - countedAt > FRESH.toNanos() && counting.compareAndSet(false, true)) {
            Thread.ofVirtual().name("disk-space").start(this::count);
        }
        return counted;
    }

    private void count() {
        long[] total = {0};
        try {
            Files.walkFileTree(home, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    total[0] += attributes.size();
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(
                        Path folder, java.io.@org.jspecify.annotations.Nullable IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
            counted = total[0];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            countedAt = System.nanoTime();
            counting.set(false);
        }
    }
}

package studio.kiln.server.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;

/**
 * Files of models that a node has fetched, by their digest: written under another name, checked, then renamed, and checked again
 * at each use. Those that were not used for the longest time go when there are too many. Outlives the node. Safe for any thread.
 */
public final class InputCache {
    private static final Logger LOG = LoggerFactory.getLogger(InputCache.class);
    private static final String PART = ".part";

    private final Path folder;
    private final long limit;
    /** So many transfers at a time; one digest has always the same of them. */
    private final Object[] locks = new Object[32];

    /** Where the bytes come from when they are not here. */
    @FunctionalInterface
    interface Source {
        InputStream open() throws IOException;
    }

    private record Kept(Path file, long bytes, FileTime used) {}

    /** @param limit bytes of all files together; the one used last stays whatever its size */
    public InputCache(Path folder, long limit) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.limit = limit;
        Arrays.setAll(locks, i -> new Object());
        for (Path file : files()) {
            if (file.getFileName().toString().endsWith(PART)) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** The bytes, fetched when they are not here or not whole any more. Two who want the same wait for one transfer. */
    InputStream open(Sha256 digest, Source source) throws IOException {
        Path file = folder.resolve(digest.hex());
        synchronized (locks[Math.floorMod(digest.hashCode(), locks.length)]) {
            if (!isWhole(file, digest)) {
                fetch(file, digest, source);
            }
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            InputStream in = Files.newInputStream(file);
            trim(file);
            return in;
        }
    }

    private static boolean isWhole(Path file, Sha256 digest) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        if (Sha256.of(file).equals(digest)) {
            return true;
        }
        LOG.warn("{} is not what it was, and is fetched again", file);
        Files.deleteIfExists(file);
        return false;
    }

    private void fetch(Path file, Sha256 digest, Source source) throws IOException {
        Path part = Files.createTempFile(folder, digest.hex() + "-", PART);
        try {
            try (InputStream in = source.open()) {
                Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            }
            Sha256 found = Sha256.of(part);
            if (!found.equals(digest)) {
                throw new IOException("The bytes arrived damaged (expected " + digest + ", found " + found + ").");
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    // Whoever reads a file that goes reads it to its end.
    private synchronized void trim(Path used) throws IOException {
        List<Kept> kept = new ArrayList<>();
        for (Path file : files()) {
            if (!file.getFileName().toString().endsWith(PART)) {
                kept.add(new Kept(file, Files.size(file), Files.getLastModifiedTime(file)));
            }
        }
        long sum = kept.stream().mapToLong(Kept::bytes).sum();
        kept.sort(Comparator.comparing(Kept::used));
        for (Kept old : kept) {
            if (sum <= limit) {
                return;
            }
            if (!old.file.equals(used)) {
                Files.deleteIfExists(old.file);
                sum -= old.bytes;
            }
        }
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            all.forEach(files::add);
        }
        return files;
    }
}

package studio.kiln.server.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.backend.FolderRights;
import studio.kiln.server.backend.Folders;

/**
 * The models that one session can open: each in a folder named by the digest of its manifest, made under another name,
 * checked and then renamed. They are copies (or reflinks, where the file system has them), never hard links: Blender may
 * be able to write there. Used by one thread at a time.
 */
final class Inputs {
    private static final int TRIES = 4;
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Path in;
    private final Path making;
    private final long limit;
    private final ServerLink link;
    /** Bytes by folder, the one used last at the end. */
    private final Map<String, Long> kept = new LinkedHashMap<>(16, 0.75f, true);

    Inputs(Path sessionFolder, long limit, ServerLink link) {
        this.in = sessionFolder.resolve("in");
        this.making = sessionFolder.resolve("making");
        this.limit = limit;
        this.link = link;
    }

    /**
     * Makes the model's files available, checks those that are there already, and removes models not used for the longest
     * time while there are more bytes than the limit.
     *
     * @return the path of the file to open, relative to the session's input folder
     */
    String provide(Manifest manifest) throws IOException, InterruptedException {
        String folder = manifest.digest().hex().substring(0, 24);
        Path place = in.resolve(folder);
        if (kept.get(folder) == null || !whole(place, manifest)) {
            Folders.delete(place);
            make(manifest, place);
            kept.put(folder, manifest.size());
        }
        trim(folder);
        return folder + "/" + manifest.root();
    }

    private void make(Manifest manifest, Path place) throws IOException, InterruptedException {
        Path fresh = making.resolve(place.getFileName());
        Folders.delete(fresh);
        Files.createDirectories(fresh);
        try {
            for (ManifestFile file : manifest.files()) {
                Path target = fresh.resolve(file.path());
                Files.createDirectories(target.getParent());
                fetchPatiently(file, target);
            }
        } catch (IOException e) {
            // half a model is of no use, and its room may be what is missing
            Folders.delete(fresh);
            throw e;
        }
        FolderRights.readableByAll(fresh);
        Files.createDirectories(in);
        Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
    }

    private void fetchPatiently(ManifestFile file, Path target) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                fetch(file, target);
                return;
            } catch (NoSuchFileException e) {
                throw new IOException("'" + file.path() + "' is not in the store any more.", e);
            } catch (IOException | RuntimeException e) {
                if (attempt == TRIES || Disk.isFull(e)) {
                    throw e instanceof IOException known ? known : new IOException(e);
                }
                Files.deleteIfExists(target);
                Thread.sleep(PAUSE.toMillis() << attempt);
            }
        }
    }

    private void fetch(ManifestFile file, Path target) throws IOException {
        Optional<Path> local = link.localFile(file.sha256());
        Sha256 found;
        if (local.isPresent()) {
            Files.copy(local.get(), target);
            found = Sha256.of(target);
        } else {
            MessageDigest digest = Sha256.digest();
            try (InputStream from = new DigestInputStream(link.read(file.sha256()), digest);
                    OutputStream to = Files.newOutputStream(target)) {
                from.transferTo(to);
            }
            found = Sha256.of(digest);
        }
        if (!found.equals(file.sha256())) {
            throw new IOException("'" + file.path() + "' arrived damaged (expected " + file.sha256() + ", found "
                    + found + "); it is fetched again.");
        }
    }

    private static boolean whole(Path place, Manifest manifest) {
        try {
            for (ManifestFile file : manifest.files()) {
                Path there = place.resolve(file.path());
                if (Files.size(there) != file.size() || !Sha256.of(there).equals(file.sha256())) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void trim(String used) throws IOException {
        long sum = kept.values().stream().mapToLong(Long::longValue).sum();
        for (String folder : kept.keySet().stream().toList()) {
            if (sum <= limit) {
                return;
            }
            if (!folder.equals(used)) {
                sum -= kept.getOrDefault(folder, 0L);
                kept.remove(folder);
                Folders.delete(in.resolve(folder));
            }
        }
    }
}

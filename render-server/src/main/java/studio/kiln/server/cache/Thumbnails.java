package studio.kiln.server.cache;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.storage.BlobStore;

/**
 * Small PNGs of published pictures, kept as files until they take too much room. Few pictures are decoded at a time, as one
 * may take hundreds of megabytes while it is. Safe for any number of threads.
 */
public final class Thumbnails {
    private static final int SWEEP_EVERY = 200;
    private static final long MOST_EXR = 512L << 20;

    private final BlobStore store;
    private final Path folder;
    private final long mostBytes;
    private final Semaphore decoding = new Semaphore(2);
    private final AtomicInteger made = new AtomicInteger();

    /** @param mostBytes that the kept files may take; the ones that were used longest ago go first */
    public Thumbnails(BlobStore store, Path folder, long mostBytes) throws IOException {
        this.store = store;
        this.folder = folder;
        this.mostBytes = mostBytes;
        Files.createDirectories(folder);
    }

    /**
     * The picture as a PNG of at most {@code width} pixels in width, never enlarged.
     *
     * @throws ApiException 415 for a format that cannot be shown
     * @throws NoSuchFileException when the picture is not in the store any more
     */
    public byte[] of(Sha256 picture, String extension, int width) throws IOException, InterruptedException {
        Path file = folder.resolve(picture.hex().substring(0, 2)).resolve(picture + "-" + width + ".png");
        try {
            byte[] kept = Files.readAllBytes(file);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return kept;
        } catch (NoSuchFileException e) {
            return make(picture, extension, width, file);
        }
    }

    private byte[] make(Sha256 picture, String extension, int width, Path file)
            throws IOException, InterruptedException {
        byte[] png;
        decoding.acquire();
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 15);
            if (!ImageIO.write(Shrink.toWidth(decode(picture, extension), width), "png", bytes)) {
                throw new IOException("This Java writes no PNG");
            }
            png = bytes.toByteArray();
        } finally {
            decoding.release();
        }
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Path temporary = file.resolveSibling(UUID.randomUUID() + ".tmp");
        Files.write(temporary, png);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (made.incrementAndGet() % SWEEP_EVERY == 0) {
            sweep();
        }
        return png;
    }

    private BufferedImage decode(Sha256 picture, String extension) throws IOException {
        if (extension.equalsIgnoreCase("exr")) {
            Optional<Path> local = store.localFile(picture);
            byte[] bytes;
            if (store.size(picture).orElseThrow(() -> new NoSuchFileException(picture.hex())) > MOST_EXR) {
                throw notShown(extension, "it is larger than " + (MOST_EXR >> 20) + " MiB");
            }
            try (InputStream in = local.isPresent() ? Files.newInputStream(local.get()) : store.open(picture)) {
                bytes = in.readAllBytes();
            }
            try {
                return ExrPicture.read(bytes);
            } catch (IOException e) {
                throw notShown(extension, String.valueOf(e.getMessage()));
            }
        }
        try (InputStream in = store.open(picture)) {
            ImageIO.setUseCache(false);
            BufferedImage image = ImageIO.read(in);
            if (image == null) {
                throw notShown(extension, "its format cannot be decoded here");
            }
            return image;
        }
    }

    private static ApiException notShown(String extension, String why) {
        return new ApiException(Problem.of(
                415,
                "NO_PREVIEW",
                "There is no small picture of it",
                "This ." + extension + " cannot be shown small: " + why
                        + ". Download it and open it in an image viewer."));
    }

    private void sweep() throws IOException {
        record Kept(Path file, long size, Instant used) {}
        List<Kept> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                if (attributes.isRegularFile()) {
                    all.add(new Kept(
                            file,
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant()));
                }
            }
        }
        long total = all.stream().mapToLong(Kept::size).sum();
        all.sort(Comparator.comparing(Kept::used));
        for (Kept kept : all) {
            if (total <= mostBytes * 9 / 10) {
                return;
            }
            Files.deleteIfExists(kept.file);
            total -= kept.size;
        }
    }
}

package studio.kiln.core.asset;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Unpacks a zip of a model, or refuses it by one sentence: paths that leave it, links and devices, encrypted files, clashing
 * names, and archives that unpack to far more than a model should.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">The ZIP file format</a>
 */
final class Unzip {
    private static final int DEEPEST = 64;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_LOCATOR = 0x07064b50;
    private static final int ENTRY = 0x02014b50;
    private static final int UNIX = 3;
    private static final int MODE = 0xf000;
    private static final int FOLDER = 0x4000;
    private static final int REGULAR = 0x8000;
    /** Zips of old Windows tools have names in the code page of the console. */
    private static final Charset OLD = Charset.forName("IBM437");

    private final Path zip;
    private final Limits limits;

    private Unzip(Path zip, Limits limits) {
        this.zip = zip;
        this.limits = limits;
    }

    /** @throws UnusablePath with one sentence for a person; what was unpacked until then is the caller's to remove */
    static void unpack(Path zip, Path target, Limits limits) throws IOException {
        Unzip unzip = new Unzip(zip, limits);
        try {
            unzip.checkKinds();
            try (ZipFile archive = unzip.open()) {
                unzip.unpack(archive, target);
            }
        } catch (ZipException | EOFException e) {
            throw new UnusablePath(
                    unzip.name() + " is damaged or no zip (" + e.getMessage() + "); make or copy it again.");
        }
    }

    private ZipFile open() throws IOException {
        try {
            return new ZipFile(zip.toFile(), StandardCharsets.UTF_8);
        } catch (ZipException e) {
            try {
                return new ZipFile(zip.toFile(), OLD);
            } catch (ZipException again) {
                e.addSuppressed(again);
                throw e;
            }
        }
    }

    private void unpack(ZipFile archive, Path target) throws IOException {
        List<? extends ZipEntry> files = archive.stream()
                .filter(entry -> !entry.isDirectory() && !entry.getName().startsWith("__MACOSX/"))
                .limit(limits.files + 1L)
                .toList();
        if (files.size() > limits.files) {
            throw new UnusablePath(
                    name() + " holds more than " + limits.files + " files; choose those of one project.");
        }
        PathRules.check(files.stream().map(ZipEntry::getName).toList());
        long packed = Files.size(zip);
        long unpacked = 0;
        for (ZipEntry entry : files) {
            if (entry.getName().chars().filter(c -> c == '/').count() >= DEEPEST) {
                throw new UnusablePath(name() + " holds folders in more than " + DEEPEST + " layers, such as '"
                        + entry.getName().substring(0, 60) + "\u2026'.");
            }
            unpacked = write(archive, entry, target.resolve(entry.getName()), packed, unpacked);
        }
    }

    private long write(ZipFile archive, ZipEntry entry, Path file, long packed, long before) throws IOException {
        long unpacked = before;
        byte[] buffer = new byte[1 << 16];
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        try (InputStream in = archive.getInputStream(entry);
                OutputStream out = Files.newOutputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                unpacked += n;
                if (unpacked > limits.bytes || (unpacked > limits.ratioFrom && unpacked / limits.ratio > packed)) {
                    throw new UnusablePath(name()
                            + " unpacks to far more than a model should; unpack it yourself and use the folder.");
                }
                out.write(buffer, 0, n);
            }
        }
        return unpacked;
    }

    /** Reads what kind of file each entry is, which the classes of the platform do not tell. */
    private void checkKinds() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(zip.toFile(), "r")) {
            Directory directory = directory(file);
            long at = directory.offset;
            for (long i = 0; i < directory.entries; i++) {
                ByteBuffer entry = read(file, at, 46);
                if (entry.getInt(0) != ENTRY) {
                    throw new ZipException("its directory is damaged");
                }
                int nameLength = entry.getShort(28) & 0xffff;
                String name = new String(read(file, at + 46, nameLength).array(), StandardCharsets.UTF_8);
                check(name, entry);
                at += 46L + nameLength + (entry.getShort(30) & 0xffff) + (entry.getShort(32) & 0xffff);
            }
        }
    }

    private void check(String name, ByteBuffer entry) {
        if ((entry.getShort(8) & 1) != 0) {
            throw new UnusablePath(
                    "'" + name + "' in " + name() + " is encrypted; unpack it yourself and use the folder.");
        }
        int mode = entry.get(5) == UNIX ? (entry.getInt(38) >>> 16) & MODE : 0;
        if (mode != 0 && mode != REGULAR && mode != FOLDER) {
            throw new UnusablePath(
                    "'" + name + "' in " + name() + " is a link or a device; put the file itself into the archive.");
        }
    }

    private Directory directory(RandomAccessFile file) throws IOException {
        long length = file.length();
        int tail = (int) Math.min(length, 22 + 0xffff);
        ByteBuffer end = read(file, length - tail, tail);
        for (int at = tail - 22; at >= 0; at--) {
            if (end.getInt(at) != END) {
                continue;
            }
            long entries = end.getShort(at + 10) & 0xffff;
            long offset = end.getInt(at + 16) & 0xffff_ffffL;
            if (entries == 0xffff || offset == 0xffff_ffffL) {
                return directory64(file, length - tail + at, new Directory(entries, offset));
            }
            return new Directory(entries, offset);
        }
        throw new ZipException("it has no directory");
    }

    private static Directory directory64(RandomAccessFile file, long end, Directory small) throws IOException {
        if (end < 20) {
            return small;
        }
        ByteBuffer locator = read(file, end - 20, 20);
        if (locator.getInt(0) != END_64_LOCATOR) {
            return small;
        }
        ByteBuffer large = read(file, locator.getLong(8), 56);
        if (large.getInt(0) != END_64) {
            throw new ZipException("its directory is damaged");
        }
        return new Directory(large.getLong(32), large.getLong(48));
    }

    private static ByteBuffer read(RandomAccessFile file, long at, int length) throws IOException {
        if (at < 0 || at > file.length() - length) {
            throw new ZipException("its directory is damaged");
        }
        byte[] bytes = new byte[length];
        file.seek(at);
        file.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String name() {
        return "'" + zip.getFileName() + "'";
    }

    private record Directory(long entries, long offset) {}

    /**
     * How much an archive may hold.
     *
     * @param bytes unpacked, in all
     * @param ratio how many times its own size an archive may unpack to, once that is more than {@code ratioFrom} bytes
     */
    record Limits(int files, long bytes, int ratio, long ratioFrom) {
        static final Limits USUAL = new Limits(20_000, 64L << 30, 200, 100L << 20);
    }
}

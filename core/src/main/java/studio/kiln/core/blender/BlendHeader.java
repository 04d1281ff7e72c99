package studio.kiln.core.blender;

import io.airlift.compress.v3.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * What the first bytes of a .blend file say, read without Blender. Two forms exist: {@code BLENDER-v304} (pointer size,
 * byte order, version; up to 4.x and for 5.x files kept compatible) and {@code BLENDER17-01v0500} (header length, file
 * format, byte order, four digits of version; since 5.0). Either may be packed whole by gzip (before 3.0) or Zstandard.
 *
 * @param version that wrote the file
 * @param packing how the file is packed
 * @see <a href="https://developer.blender.org/docs/features/core/blendfile/">Blender's description of the format</a>
 */
public record BlendHeader(BlenderVersion version, Packing packing) {
    /** How a .blend is packed as a whole. */
    public enum Packing {
        NONE,
        GZIP,
        ZSTANDARD
    }

    private static final int LONGEST = 17;
    private static final Pattern CLASSIC = Pattern.compile("BLENDER[-_][vV](\\d{3}).*", Pattern.DOTALL);
    private static final Pattern LARGE = Pattern.compile("BLENDER\\d\\d[-_]\\d\\d[vV](\\d{4}).*", Pattern.DOTALL);

    /** @throws NotABlend with one sentence for a person when the file cannot be a .blend, or is cut off */
    public static BlendHeader read(Path file) throws IOException, NotABlend {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in);
        }
    }

    /** Reads from the stream's current position; the stream is not closed and may be read too far. */
    public static BlendHeader read(InputStream in) throws IOException, NotABlend {
        BufferedInputStream raw = new BufferedInputStream(in, 1 << 16);
        raw.mark(64);
        byte[] start = raw.readNBytes(64);
        raw.reset();
        if (start.length == 0) {
            throw new NotABlend(
                    "The file is empty (0 bytes); save it again, or copy it again if it was cut off on its way.");
        }
        if (new String(start, StandardCharsets.ISO_8859_1).startsWith("version https://git-lfs.github.com/spec/")) {
            throw new NotABlend(
                    "The file is only a Git LFS pointer, not the model itself; run 'git lfs pull' and try again.");
        }
        Packing packing = packing(start);
        return new BlendHeader(version(head(raw, packing), packing), packing);
    }

    /** The content of a .blend, unpacked where it is packed as a whole; a file that is no .blend comes as it is. */
    public static InputStream unpacked(Path file) throws IOException {
        BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        try {
            raw.mark(4);
            byte[] start = raw.readNBytes(4);
            raw.reset();
            return switch (packing(start)) {
                case NONE -> raw;
                case GZIP -> new GZIPInputStream(raw, 1 << 16);
                case ZSTANDARD -> new ZstdInputStream(raw);
            };
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    private static Packing packing(byte[] start) {
        if (start.length > 1 && (start[0] & 0xff) == 0x1f && (start[1] & 0xff) == 0x8b) {
            return Packing.GZIP;
        }
        boolean zstandard = start.length > 3
                && (start[0] & 0xff) == 0x28
                && (start[1] & 0xff) == 0xb5
                && (start[2] & 0xff) == 0x2f
                && (start[3] & 0xff) == 0xfd;
        return zstandard ? Packing.ZSTANDARD : Packing.NONE;
    }

    // The unpacking streams are not closed: that would close the caller's.
    @SuppressWarnings("resource")
    private static String head(InputStream raw, Packing packing) throws NotABlend {
        try {
            InputStream plain = switch (packing) {
                case NONE -> raw;
                case GZIP -> new GZIPInputStream(raw);
                case ZSTANDARD -> new ZstdInputStream(raw);
            };
            return new String(plain.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
        } catch (IOException | RuntimeException e) {
            throw new NotABlend(
                    "The file is packed but cannot be unpacked, so it is damaged or was cut off; save or copy it again.");
        }
    }

    private static BlenderVersion version(String head, Packing packing) throws NotABlend {
        Matcher classic = CLASSIC.matcher(head);
        if (classic.matches()) {
            return BlenderVersion.ofFile(Integer.parseInt(classic.group(1)));
        }
        Matcher large = LARGE.matcher(head);
        if (large.matches()) {
            return BlenderVersion.ofFile(Integer.parseInt(large.group(1)));
        }
        if ("BLENDER".startsWith(head) || head.startsWith("BLENDER")) {
            throw new NotABlend(
                    "The file begins like a .blend but its header is cut off or unknown; save or copy it again.");
        }
        throw new NotABlend(
                packing == Packing.NONE
                        ? "The file is not a .blend: it does not begin with Blender's signature."
                        : "The file is not a .blend: what is packed in it does not begin with Blender's signature.");
    }
}

package studio.kiln.server.node;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads an OpenEXR file as its layout description has it (openexr.com, "OpenEXR File Layout"): header, offset table, and
 * that every block lies whole in the file. Blocks packed by ZIP, Blender's default, are unpacked too; those of the lossy
 * and wavelet kinds are not, for a wrong length is how a file that was cut off shows.
 */
final class ExrCheck {
    private static final int MULTIPART = 0x1000;
    private static final int TILED = 0x200;
    private static final int DEEP = 0x800;
    private static final int HEADER_LIMIT = 1 << 20;

    /** Rows in one block, by the number of the compression. */
    private static final int[] ROWS = {1, 1, 1, 16, 32, 16, 32, 32, 32, 256};

    private final ByteBuffer bytes;

    private ExrCheck(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    static PictureCheck.Picture read(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            long size = open.length();
            if (size > Integer.MAX_VALUE) {
                // Larger than one map: the header alone.
                return new ExrCheck(map(open, HEADER_LIMIT)).picture(false);
            }
            return new ExrCheck(map(open, size)).picture(true);
        } catch (EOFException | java.nio.BufferUnderflowException | IllegalArgumentException e) {
            throw new BadPicture("The EXR is cut off.");
        } catch (DataFormatException e) {
            throw new BadPicture("The EXR is damaged: " + e.getMessage());
        }
    }

    private static ByteBuffer map(RandomAccessFile open, long size) throws IOException {
        return open.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private PictureCheck.Picture picture(boolean whole) throws IOException, DataFormatException {
        bytes.position(4);
        int flags = bytes.getInt();
        Map<String, ByteBuffer> header = header();
        ByteBuffer window = header.get("dataWindow");
        ByteBuffer compression = header.get("compression");
        if (window == null || compression == null || window.remaining() < 16) {
            throw new BadPicture("The EXR has a damaged header.");
        }
        int width = window.getInt(window.position() + 8) - window.getInt(window.position()) + 1;
        int top = window.getInt(window.position() + 4);
        int bottom = window.getInt(window.position() + 12);
        int height = bottom - top + 1;
        int method = compression.get(compression.position());
        if (width <= 0 || height <= 0 || method < 0 || method >= ROWS.length) {
            throw new BadPicture("The EXR has a damaged header.");
        }
        if (whole && (flags & (MULTIPART | TILED | DEEP)) == 0) {
            blocks(top, bottom, method, width * bytesOfPixel(header.get("channels")));
        }
        return new PictureCheck.Picture("exr", width, height);
    }

    private Map<String, ByteBuffer> header() throws IOException {
        Map<String, ByteBuffer> attributes = new HashMap<>();
        for (String name = text(); !name.isEmpty(); name = text()) {
            text();
            int length = bytes.getInt();
            if (length < 0 || length > bytes.remaining()) {
                throw new EOFException();
            }
            attributes.put(name, bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN));
            bytes.position(bytes.position() + length);
        }
        return attributes;
    }

    private String text() {
        int start = bytes.position();
        int end = start;
        while (bytes.get() != 0) {
            end++;
        }
        byte[] text = new byte[end - start];
        bytes.get(start, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    // Each channel: name, kind of number (0 and 2 take four bytes, 1 is half), four bytes, sampling in x and y.
    private static long bytesOfPixel(@Nullable ByteBuffer channels) throws IOException {
        if (channels == null) {
            throw new BadPicture("The EXR has no channels.");
        }
        long sum = 0;
        ByteBuffer list = channels.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (list.get(list.position()) != 0) {
            while (list.get() != 0) {
                continue;
            }
            sum += list.getInt() == 1 ? 2 : 4;
            list.position(list.position() + 12);
        }
        return sum;
    }

    private void blocks(int top, int bottom, int method, long rowBytes) throws IOException, DataFormatException {
        int count = (bottom - top) / ROWS[method] + 1;
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = bytes.getLong();
        }
        Inflater inflater = new Inflater();
        try {
            byte[] unpacked = new byte[1 << 16];
            for (long offset : offsets) {
                if (offset <= 0 || offset > bytes.capacity() - 8) {
                    throw new EOFException();
                }
                int row = bytes.getInt((int) offset);
                int length = bytes.getInt((int) offset + 4);
                if (row < top || row > bottom || length <= 0 || length > bytes.capacity() - offset - 8) {
                    throw new BadPicture("The EXR is damaged or cut off.");
                }
                long plain = rowBytes * Math.min(ROWS[method], bottom - row + 1);
                // A block that would not become smaller is stored as it is.
                if ((method == 2 || method == 3) && length != plain) {
                    unpack(inflater, unpacked, (int) offset + 8, length, plain);
                }
            }
        } finally {
            inflater.end();
        }
    }

    private void unpack(Inflater inflater, byte[] unpacked, int offset, int length, long plain)
            throws IOException, DataFormatException {
        inflater.reset();
        inflater.setInput(bytes.slice(offset, length));
        long found = 0;
        while (!inflater.finished()) {
            int n = inflater.inflate(unpacked);
            found += n;
            if (n == 0 || found > plain) {
                throw new BadPicture("The EXR is damaged: a block cannot be unpacked.");
            }
        }
        if (found != plain) {
            throw new BadPicture("The EXR is damaged: a block does not hold all of its rows.");
        }
    }
}

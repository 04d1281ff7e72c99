package studio.kiln.server.node;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads a PNG as the specification (ISO/IEC 15948) has it, without making pixels of it: signature, every chunk's check sum,
 * the whole packed stream with its check sum, and that it holds exactly the rows that the header announces.
 */
final class PngCheck {
    private static final long SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int CHUNK_LIMIT = 1 << 30;

    private final Inflater inflater = new Inflater();
    private final byte[] unpacked = new byte[1 << 16];
    private final byte[] buffer = new byte[1 << 16];
    private int width;
    private int height;
    private long expected;
    private long found;
    private boolean interlaced;

    private PngCheck() {}

    static PictureCheck.Picture read(Path file) throws IOException {
        PngCheck check = new PngCheck();
        try (InputStream raw = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(new BufferedInputStream(raw, 1 << 16))) {
            check.read(in);
        } catch (EOFException e) {
            throw new BadPicture("The PNG is cut off.");
        } catch (DataFormatException e) {
            throw new BadPicture("The PNG is damaged: " + e.getMessage());
        } finally {
            check.inflater.end();
        }
        return new PictureCheck.Picture("png", check.width, check.height);
    }

    private void read(DataInputStream in) throws IOException, DataFormatException {
        if (in.readLong() != SIGNATURE) {
            throw new BadPicture("The PNG has a damaged signature.");
        }
        boolean first = true;
        while (true) {
            int length = in.readInt();
            byte[] type = in.readNBytes(4);
            if (type.length < 4) {
                throw new EOFException();
            }
            String name = new String(type, StandardCharsets.ISO_8859_1);
            if (length < 0 || length > CHUNK_LIMIT || first != name.equals("IHDR")) {
                throw new BadPicture("The PNG is damaged.");
            }
            CRC32 crc = new CRC32();
            crc.update(type);
            if (first) {
                header(in.readNBytes(length), crc);
            } else {
                content(in, length, name.equals("IDAT"), crc);
            }
            if (in.readInt() != (int) crc.getValue()) {
                throw new BadPicture("The PNG is damaged: a check sum is wrong.");
            }
            first = false;
            if (name.equals("IEND")) {
                break;
            }
        }
        if (!inflater.finished() || (!interlaced && found != expected)) {
            throw new BadPicture("The PNG does not hold all of its rows.");
        }
    }

    private void header(byte[] data, CRC32 crc) throws IOException {
        if (data.length != 13) {
            throw new BadPicture("The PNG has a damaged header.");
        }
        crc.update(data);
        try (DataInputStream fields = new DataInputStream(new java.io.ByteArrayInputStream(data))) {
            width = fields.readInt();
            height = fields.readInt();
            int depth = fields.readUnsignedByte();
            int channels = switch (fields.readUnsignedByte()) {
                case 0, 3 -> 1;
                case 2 -> 3;
                case 4 -> 2;
                case 6 -> 4;
                default -> throw new BadPicture("The PNG has a damaged header.");
            };
            interlaced = data[12] != 0;
            if (width <= 0 || height <= 0) {
                throw new BadPicture("The PNG has a damaged header.");
            }
            expected = height * (1 + ((long) width * channels * depth + 7) / 8);
        }
    }

    private void content(DataInputStream in, int length, boolean pixels, CRC32 crc)
            throws IOException, DataFormatException {
        int left = length;
        while (left > 0) {
            int n = in.read(buffer, 0, Math.min(buffer.length, left));
            if (n < 0) {
                throw new EOFException();
            }
            crc.update(buffer, 0, n);
            left -= n;
            if (pixels) {
                inflate(n);
            }
        }
    }

    private void inflate(int length) throws IOException, DataFormatException {
        inflater.setInput(buffer, 0, length);
        while (!inflater.needsInput() && !inflater.finished()) {
            int n = inflater.inflate(unpacked);
            found += n;
            if ((n == 0 && inflater.needsDictionary()) || (!interlaced && found > expected)) {
                throw new BadPicture("The PNG is damaged: it holds more than its header says.");
            }
        }
    }
}

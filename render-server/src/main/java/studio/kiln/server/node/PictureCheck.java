package studio.kiln.server.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads a picture from its first to its last byte and tells what it is. What is cut off or damaged is found; colours are not
 * looked at. Cheap enough to do for each frame while Blender uses every core: PNG is unpacked but not converted.
 */
final class PictureCheck {
    private static final int SAMPLE = 8;

    /** @param extension by content, such as {@code png}; width and height 0 where the format is not known to Kiln */
    record Picture(String extension, int width, int height) {}

    private PictureCheck() {}

    /** @throws BadPicture when the file is no whole picture */
    static Picture read(Path file) throws IOException {
        byte[] start = new byte[12];
        int length;
        try (InputStream in = Files.newInputStream(file)) {
            length = in.readNBytes(start, 0, start.length);
        }
        if (length == 0) {
            throw new BadPicture("The file is empty.");
        }
        if (begins(start, 0x89, 'P', 'N', 'G')) {
            return PngCheck.read(file);
        }
        if (begins(start, 0x76, 0x2f, 0x31, 0x01)) {
            return ExrCheck.read(file);
        }
        if (begins(start, 0xff, 0xd8, 0xff)) {
            return decoded(file, "jpg");
        }
        if (begins(start, 'I', 'I', 42, 0) || begins(start, 'M', 'M', 0, 42)) {
            return decoded(file, "tif");
        }
        if (begins(start, 'B', 'M')) {
            return decoded(file, "bmp");
        }
        return new Picture(other(start), 0, 0);
    }

    // What Kiln's own settings never ask for, but a file's may.
    private static String other(byte[] start) {
        if (begins(start, 'R', 'I', 'F', 'F')) {
            return "webp";
        }
        if (begins(start, '#', '?')) {
            return "hdr";
        }
        if (begins(start, 0, 0, 0, 12, 'j', 'P') || begins(start, 0xff, 0x4f)) {
            return "jp2";
        }
        if (begins(start, 'S', 'D', 'P', 'X') || begins(start, 'X', 'P', 'D', 'S')) {
            return "dpx";
        }
        if (begins(start, 0x80, 0x2a, 0x5f, 0xd7)) {
            return "cin";
        }
        if (begins(start, 0x01, 0xda)) {
            return "rgb";
        }
        return "tga";
    }

    private static boolean begins(byte[] start, int... with) {
        for (int i = 0; i < with.length; i++) {
            if ((start[i] & 0xff) != with[i]) {
                return false;
            }
        }
        return true;
    }

    private static Picture decoded(Path file, String extension) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new BadPicture("The file is no picture that can be read.");
            }
            ImageReader reader = readers.next();
            boolean[] warned = {false};
            try {
                reader.addIIOReadWarningListener((source, warning) -> warned[0] = true);
                reader.setInput(in, true, true);
                int width = reader.getWidth(0);
                int height = reader.getHeight(0);
                ImageReadParam sparse = reader.getDefaultReadParam();
                sparse.setSourceSubsampling(SAMPLE, SAMPLE, 0, 0);
                reader.read(0, sparse);
                if (warned[0]) {
                    throw new BadPicture("The picture is damaged or cut off.");
                }
                return new Picture(extension, width, height);
            } finally {
                reader.dispose();
            }
        } catch (BadPicture e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new BadPicture("The picture cannot be decoded: " + e.getMessage());
        }
    }
}

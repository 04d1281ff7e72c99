package studio.kiln.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureCheckTest {
    @TempDir
    Path folder;

    private static byte[] image(String format) throws IOException {
        BufferedImage image = new BufferedImage(37, 23, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int x = 0; x < 37; x++) {
            for (int y = 0; y < 23; y++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    /** One half-float channel, rows packed by ZIP in blocks of sixteen, as Blender writes them. */
    private static byte[] exr(int width, int height, boolean squeezable) {
        ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(20000630).putInt(2);
        attribute(out, "channels", "chlist", channel());
        attribute(out, "compression", "compression", new byte[] {3});
        byte[] window = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0)
                .putInt(0)
                .putInt(width - 1)
                .putInt(height - 1)
                .array();
        attribute(out, "dataWindow", "box2i", window);
        attribute(out, "displayWindow", "box2i", window);
        out.put((byte) 0);
        int blocks = (height + 15) / 16;
        int table = out.position();
        out.position(table + 8 * blocks);
        Random random = new Random(2);
        for (int block = 0; block < blocks; block++) {
            out.putLong(table + 8 * block, out.position());
            byte[] plain = new byte[width * 2 * Math.min(16, height - 16 * block)];
            if (!squeezable) {
                random.nextBytes(plain);
            }
            Deflater deflater = new Deflater();
            deflater.setInput(plain);
            deflater.finish();
            byte[] packed = new byte[plain.length + 100];
            int length = deflater.deflate(packed);
            byte[] stored = length < plain.length ? Arrays.copyOf(packed, length) : plain;
            out.putInt(16 * block).putInt(stored.length).put(stored);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] channel() {
        return ByteBuffer.allocate(19)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("Y\0".getBytes(StandardCharsets.US_ASCII))
                .putInt(1)
                .putInt(0)
                .putInt(1)
                .putInt(1)
                .put((byte) 0)
                .array();
    }

    private static void attribute(ByteBuffer out, String name, String type, byte[] value) {
        out.put((name + "\0" + type + "\0").getBytes(StandardCharsets.US_ASCII))
                .putInt(value.length)
                .put(value);
    }

    private PictureCheck.Picture read(byte[] bytes) throws IOException {
        return PictureCheck.read(Files.write(folder.resolve("picture"), bytes));
    }

    @Test
    void picturesAreNamedByTheirContent() throws Exception {
        assertThat(read(image("png"))).isEqualTo(new PictureCheck.Picture("png", 37, 23));
        assertThat(read(image("jpg"))).isEqualTo(new PictureCheck.Picture("jpg", 37, 23));
        assertThat(read(image("bmp"))).isEqualTo(new PictureCheck.Picture("bmp", 37, 23));
        assertThat(read(image("tif"))).isEqualTo(new PictureCheck.Picture("tif", 37, 23));
        assertThat(read(exr(40, 50, true))).isEqualTo(new PictureCheck.Picture("exr", 40, 50));
        assertThat(read(exr(40, 50, false))).as("stored as it is").isEqualTo(new PictureCheck.Picture("exr", 40, 50));
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "exr", "exr-noise"})
    void aPictureThatIsCutOffIsFound(String format) throws Exception {
        byte[] whole = bytes(format);
        for (int length : new int[] {whole.length - 1, whole.length * 3 / 4, whole.length / 2, 60, 9, 0}) {
            if (format.equals("jpg") && length == whole.length - 1) {
                continue; // all pixels are there; only the mark of the end is half gone
            }
            assertThatThrownBy(() -> read(Arrays.copyOf(whole, length)))
                    .as("%s of %d bytes", format, length)
                    .isInstanceOf(BadPicture.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "exr"})
    void aDamagedPictureIsFound(String format) throws Exception {
        byte[] whole = bytes(format);
        byte[] damaged = whole.clone();
        damaged[whole.length - (format.equals("png") ? 40 : 2)] ^= 0x55;
        assertThatThrownBy(() -> read(damaged)).isInstanceOf(BadPicture.class);
    }

    private static byte[] bytes(String format) throws IOException {
        return switch (format) {
            case "exr" -> exr(64, 40, true);
            case "exr-noise" -> exr(64, 40, false);
            default -> image(format);
        };
    }
}

package studio.kiln.server.cli.e2e;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Decoded pictures. */
final class Pixels {
    private Pixels() {}

    static BufferedImage read(Path file) {
        try {
            BufferedImage image = ImageIO.read(file.toFile());
            if (image == null) {
                throw new AssertionError(file + " is no picture that Java reads");
            }
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every sample of every pixel at full depth, with the size and the number of channels in front. */
    static int[] samples(Path file) {
        Raster raster = read(file).getRaster();
        int[] pixels = raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
        int[] all = new int[pixels.length + 3];
        all[0] = raster.getWidth();
        all[1] = raster.getHeight();
        all[2] = raster.getNumBands();
        System.arraycopy(pixels, 0, all, 3, pixels.length);
        return all;
    }

    static boolean same(Path a, Path b) {
        return Arrays.equals(samples(a), samples(b));
    }

    /** Whether not all pixels are alike. */
    static boolean showsSomething(Path file) {
        BufferedImage image = read(file);
        int first = image.getRGB(0, 0);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (image.getRGB(x, y) != first) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A smaller copy, on white. */
    static BufferedImage thumbnail(Path file, int width) {
        BufferedImage image = read(file);
        int height = Math.max(1, image.getHeight() * width / image.getWidth());
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setColor(java.awt.Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }
}

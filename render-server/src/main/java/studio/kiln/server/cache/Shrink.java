package studio.kiln.server.cache;

import java.awt.image.BufferedImage;

/** Makes pictures smaller by the mean of the pixels that fall together, each weighted by its opacity. */
final class Shrink {
    private Shrink() {}

    /** A picture of at most that many pixels in width, in the same proportions; the same one when it is small enough. */
    static BufferedImage toWidth(BufferedImage image, int width) {
        if (image.getWidth() <= width) {
            return image;
        }
        int height = Math.max(1, Math.round((float) image.getHeight() * width / image.getWidth()));
        boolean alpha = image.getColorModel().hasAlpha();
        BufferedImage small =
                new BufferedImage(width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            int top = y * image.getHeight() / height;
            int rows = Math.max(1, (y + 1) * image.getHeight() / height - top);
            // a row of the small picture at a time: the large one is converted in strips and never as a whole
            int[] strip = image.getRGB(0, top, image.getWidth(), rows, null, 0, image.getWidth());
            for (int x = 0; x < width; x++) {
                int left = x * image.getWidth() / width;
                int columns = Math.max(1, (x + 1) * image.getWidth() / width - left);
                small.setRGB(x, y, mean(strip, image.getWidth(), left, columns, rows));
            }
        }
        return small;
    }

    private static int mean(int[] strip, int stride, int left, int columns, int rows) {
        long alpha = 0;
        long red = 0;
        long green = 0;
        long blue = 0;
        for (int y = 0; y < rows; y++) {
            for (int x = left; x < left + columns; x++) {
                int pixel = strip[y * stride + x];
                int a = pixel >>> 24;
                alpha += a;
                red += (long) a * (pixel >> 16 & 0xff);
                green += (long) a * (pixel >> 8 & 0xff);
                blue += (long) a * (pixel & 0xff);
            }
        }
        if (alpha == 0) {
            return 0;
        }
        long count = (long) columns * rows;
        return (int) ((alpha + count / 2) / count) << 24
                | (int) ((red + alpha / 2) / alpha) << 16
                | (int) ((green + alpha / 2) / alpha) << 8
                | (int) ((blue + alpha / 2) / alpha);
    }
}

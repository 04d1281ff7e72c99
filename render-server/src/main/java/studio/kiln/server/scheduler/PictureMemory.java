package studio.kiln.server.scheduler;

import java.util.List;
import java.util.Locale;

/**
 * How much memory a picture takes while it is rendered, whatever is in the scene. Measured as the peak of an empty scene
 * rendered by Cycles on the CPU to a PNG file, from 1024 x 1024 to 6144 x 6144 pixels: 68 bytes a pixel in Blender 3.4.1
 * and 69 in 4.3.2. What is certain of it is less: the float RGBA result (16 bytes, for each view), the engine's own
 * buffer of as much, and the 4 bytes of what is written. Only that is counted, so that nothing is refused which could
 * be rendered.
 */
final class PictureMemory {
    private static final int RESULT = 16;
    private static final int ENGINE = 16;
    private static final int WRITTEN = 4;

    private PictureMemory() {}

    /** The least that a picture takes, in bytes. */
    static long bytes(int width, int height, int views) {
        return (long) width * height * ((long) RESULT * views + ENGINE + WRITTEN);
    }

    /**
     * @param pool of the engines that may render it
     * @throws studio.kiln.core.api.ApiException 422 when none of their nodes has the memory
     */
    static void refuseTooLarge(int width, int height, int views, String pool, List<Engines.Engine> engines) {
        long needed = bytes(width, height, views);
        // a node that does not say how much it has may have enough
        long most = engines.stream()
                .filter(engine -> engine.serves(pool))
                .mapToLong(engine -> engine.memoryBytes() > 0 ? engine.memoryBytes() : Long.MAX_VALUE)
                .max()
                .orElse(Long.MAX_VALUE);
        if (needed <= most) {
            return;
        }
        throw Refusal.unusable(
                "PICTURE_TOO_LARGE",
                String.format(
                        Locale.ROOT,
                        "A picture of %d x %d pixels takes at least %s of memory while it is rendered, and no node that"
                                + " could render it has more than %s: render at most %d million pixels, such as"
                                + " %d x %d.",
                        width,
                        height,
                        gib(needed),
                        gib(most),
                        most / bytes(1, 1, views) / 1_000_000,
                        scaled(width, needed, most),
                        scaled(height, needed, most)));
    }

    private static long scaled(int side, long needed, long most) {
        return Math.max(1, (long) (side * Math.sqrt((double) most / needed)));
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}

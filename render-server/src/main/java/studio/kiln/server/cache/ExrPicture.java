package studio.kiln.server.cache;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;
import org.lwjgl.util.tinyexr.EXRChannelInfo;
import org.lwjgl.util.tinyexr.EXRHeader;
import org.lwjgl.util.tinyexr.EXRImage;
import org.lwjgl.util.tinyexr.EXRVersion;
import org.lwjgl.util.tinyexr.TinyEXR;

/**
 * Reads an OpenEXR file for the screen: linear light at an exposure of one, clipped, in the curve of sRGB (IEC 61966-2-1).
 * Of several layers the one named {@code Combined} is shown.
 */
final class ExrPicture {
    private static final byte[] CURVE = curve();

    private ExrPicture() {}

    /** @throws IOException with a short reason when the file cannot be decoded */
    static BufferedImage read(byte[] file) throws IOException {
        ByteBuffer bytes = MemoryUtil.memAlloc(file.length);
        EXRHeader header = EXRHeader.calloc();
        EXRImage image = EXRImage.calloc();
        boolean parsed = false;
        boolean loaded = false;
        try (MemoryStack stack = MemoryStack.stackPush()) {
            bytes.put(file).flip();
            EXRVersion version = EXRVersion.malloc(stack);
            if (TinyEXR.ParseEXRVersionFromMemory(version, bytes) != TinyEXR.TINYEXR_SUCCESS) {
                throw new IOException("it is no OpenEXR file");
            }
            if (version.multipart() || version.non_image()) {
                throw new IOException("it has several parts or is deep");
            }
            TinyEXR.InitEXRHeader(header);
            TinyEXR.InitEXRImage(image);
            PointerBuffer error = stack.mallocPointer(1);
            check(TinyEXR.ParseEXRHeaderFromMemory(header, version, bytes, error), error);
            parsed = true;
            for (int i = 0; i < header.num_channels(); i++) {
                header.requested_pixel_types().put(i, TinyEXR.TINYEXR_PIXELTYPE_FLOAT);
            }
            check(TinyEXR.LoadEXRImageFromMemory(image, header, bytes, error), error);
            loaded = true;
            return convert(header, image);
        } finally {
            if (loaded) {
                TinyEXR.FreeEXRImage(image);
            }
            if (parsed) {
                TinyEXR.FreeEXRHeader(header);
            }
            image.free();
            header.free();
            MemoryUtil.memFree(bytes);
        }
    }

    private static BufferedImage convert(EXRHeader header, EXRImage image) throws IOException {
        PointerBuffer planes = image.images();
        if (planes == null) {
            throw new IOException("it is stored in tiles");
        }
        int width = image.width();
        int height = image.height();
        Map<String, Integer> channels = channels(header.channels());
        FloatBuffer red = plane(planes, channels.get("R"), width * height);
        FloatBuffer green = plane(planes, channels.getOrDefault("G", channels.get("R")), width * height);
        FloatBuffer blue = plane(planes, channels.getOrDefault("B", channels.get("R")), width * height);
        Integer alphaChannel = channels.get("A");
        FloatBuffer alpha = alphaChannel == null ? null : plane(planes, alphaChannel, width * height);
        BufferedImage picture = new BufferedImage(
                width, height, alpha == null ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_INT_ARGB);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = y * width + x;
                float a = alpha == null ? 1 : Math.clamp(alpha.get(i), 0f, 1f);
                // colours are stored multiplied by their opacity
                float weight = a > 0 ? 1 / a : 0;
                row[x] = Math.round(a * 255) << 24
                        | byteOf(red.get(i) * weight) << 16
                        | byteOf(green.get(i) * weight) << 8
                        | byteOf(blue.get(i) * weight);
            }
            picture.setRGB(0, y, width, 1, row, 0, width);
        }
        return picture;
    }

    /** Number of each of R, G, B, A (or of the only one, V or Y) in the layer that is shown. */
    private static Map<String, Integer> channels(EXRChannelInfo.Buffer all) throws IOException {
        Map<String, Integer> best = new HashMap<>();
        int bestRank = Integer.MAX_VALUE;
        Map<String, Map<String, Integer>> layers = new HashMap<>();
        for (int i = 0; i < all.capacity(); i++) {
            String name = all.get(i).nameString();
            int dot = name.lastIndexOf('.');
            String component = name.substring(dot + 1).toUpperCase(java.util.Locale.ROOT);
            layers.computeIfAbsent(dot < 0 ? "" : name.substring(0, dot), k -> new HashMap<>())
                    .put(component.equals("Y") || component.equals("V") ? "R" : component, i);
        }
        for (Map.Entry<String, Map<String, Integer>> layer : layers.entrySet()) {
            if (!layer.getValue().containsKey("R")) {
                continue;
            }
            int rank = layer.getKey().isEmpty() ? 0 : layer.getKey().endsWith("Combined") ? 1 : 2;
            if (rank < bestRank) {
                best = layer.getValue();
                bestRank = rank;
            }
        }
        if (best.isEmpty()) {
            throw new IOException("it has no layer with colours");
        }
        return best;
    }

    private static FloatBuffer plane(
            PointerBuffer planes, @org.jspecify.annotations.Nullable Integer channel, int pixels) throws IOException {
        if (channel == null) {
            throw new IOException("it has no layer with colours");
        }
        return MemoryUtil.memFloatBuffer(planes.get(channel), pixels);
    }

    private static int byteOf(float linear) {
        // also false for what is not a number
        return linear > 0 ? CURVE[Math.min(CURVE.length - 1, Math.round(linear * (CURVE.length - 1)))] & 0xff : 0;
    }

    private static byte[] curve() {
        byte[] curve = new byte[1 << 14];
        for (int i = 0; i < curve.length; i++) {
            double linear = i / (double) (curve.length - 1);
            double coded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.pow(linear, 1 / 2.4) - 0.055;
            curve[i] = (byte) Math.round(coded * 255);
        }
        return curve;
    }

    private static void check(int code, PointerBuffer error) throws IOException {
        if (code == TinyEXR.TINYEXR_SUCCESS) {
            return;
        }
        long text = error.get(0);
        String message = "it cannot be decoded (" + code + ")";
        if (text != 0) {
            message = MemoryUtil.memUTF8(text);
            TinyEXR.nFreeEXRErrorMessage(text);
        }
        throw new IOException(message);
    }
}

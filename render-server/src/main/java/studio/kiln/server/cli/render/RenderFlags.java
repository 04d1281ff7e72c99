package studio.kiln.server.cli.render;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.Device;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.VersionConverter;
import studio.kiln.server.cli.WholeNumber;

/** The flags that say how a render departs from what its file says. */
final class RenderFlags {
    @Option(
            names = "--frames",
            paramLabel = "SET",
            converter = FramesConverter.class,
            description =
                    "Frames, such as 1-10,20-30x2,!25, or all for the scene's own range. Without it the scene's current frame; 'kiln demo' takes 1 and 13.")
    @Nullable
    String frames;

    @Option(names = "--samples", paramLabel = "N", converter = Samples.class, description = "Samples of a pixel.")
    @Nullable
    Integer samples;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = SizeConverter.class,
            description = "Size in pixels, such as 1920x1080, or of what the file says, such as 50%%.")
    @Nullable
    Size size;

    @Option(
            names = "--engine",
            paramLabel = "NAME",
            converter = EngineConverter.class,
            description = "cycles, eevee or workbench.")
    @Nullable
    RenderEngine engine;

    @Option(
            names = "--blender",
            paramLabel = "VERSION",
            converter = VersionConverter.class,
            description = "Version of Blender to use, such as 4.3 or 4.3.2. Without it Kiln chooses by the file.")
    @Nullable
    String blender;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            converter = DeviceConverter.class,
            description = "auto, cpu or gpu; gpu never falls back to the CPU.")
    @Nullable
    Device device;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            converter = FormatConverter.class,
            description =
                    "png, png16, jpeg, exr or exr-multilayer. Without it the file's own, PNG where it asks for a film.")
    @Nullable
    ImageFormat format;

    @Option(names = "--scene", paramLabel = "NAME", description = "Scene of the file. Without it the active one.")
    @Nullable
    String scene;

    @Option(
            names = "--camera",
            paramLabel = "NAME",
            description = "Camera for every frame. Without it as in the file, cameras bound to markers included.")
    @Nullable
    String camera;

    @Option(
            names = "--denoise",
            paramLabel = "on|off|file",
            converter = DenoiseConverter.class,
            description = "Whether the picture is denoised.")
    @Nullable
    Denoise denoise;

    @Option(names = "--seed", paramLabel = "N", converter = Seed.class, description = "Seed of the noise.")
    @Nullable
    Integer seed;

    RenderSettings settings() {
        try {
            return new RenderSettings(
                    engine,
                    samples,
                    null,
                    size == null ? null : size.width(),
                    size == null ? null : size.height(),
                    size == null ? null : size.percent(),
                    format,
                    camera,
                    denoise,
                    seed,
                    device,
                    null,
                    null);
        } catch (IllegalArgumentException e) {
            throw CliFailure.unusable("BAD_SETTINGS", String.valueOf(e.getMessage()));
        }
    }

    /** Samples of a pixel. */
    static final class Samples extends WholeNumber {
        Samples() {
            super(1, 65_536);
        }
    }

    /** Seed of the noise, as Blender takes it. */
    static final class Seed extends WholeNumber {
        Seed() {
            super(0, Integer.MAX_VALUE);
        }
    }

    /** Either pixels or a percentage. */
    record Size(
            @Nullable Integer width,
            @Nullable Integer height,
            @Nullable Integer percent) {}

    static final class SizeConverter implements ITypeConverter<Size> {
        private static final Pattern PIXELS = Pattern.compile("(\\d{1,9})\\s*[xX\u00d7]\\s*(\\d{1,9})");
        private static final Pattern PERCENT = Pattern.compile("(\\d{1,9})\\s*%");

        @Override
        public Size convert(String text) {
            Matcher pixels = PIXELS.matcher(text.strip());
            if (pixels.matches()) {
                return new Size(Integer.parseInt(pixels.group(1)), Integer.parseInt(pixels.group(2)), null);
            }
            Matcher percent = PERCENT.matcher(text.strip());
            if (percent.matches()) {
                return new Size(null, null, Integer.parseInt(percent.group(1)));
            }
            throw new TypeConversionException("'" + text + "' is not a size; write for example 1920x1080 or 50%.");
        }
    }

    static final class FramesConverter implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            try {
                // how many frames 'all' are is known only once the file was looked into
                FrameSet.parse(text, FrameSet.of(java.util.List.of(FrameSet.LOWEST, FrameSet.HIGHEST)));
                return text.strip();
            } catch (BadFrames e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    static final class EngineConverter implements ITypeConverter<RenderEngine> {
        @Override
        public RenderEngine convert(String text) {
            return word(() -> RenderEngine.of(text));
        }
    }

    static final class DeviceConverter implements ITypeConverter<Device> {
        @Override
        public Device convert(String text) {
            return word(() -> Device.of(text));
        }
    }

    static final class FormatConverter implements ITypeConverter<ImageFormat> {
        @Override
        public ImageFormat convert(String text) {
            return word(() -> ImageFormat.of(text));
        }
    }

    static final class DenoiseConverter implements ITypeConverter<Denoise> {
        @Override
        public Denoise convert(String text) {
            return word(() -> Denoise.of(text));
        }
    }

    private static <T> T word(java.util.function.Supplier<T> parse) {
        try {
            return parse.get();
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}

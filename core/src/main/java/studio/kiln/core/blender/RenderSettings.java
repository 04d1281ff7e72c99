package studio.kiln.core.blender;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a task departs from what its file says. Every null means "as in the file".
 *
 * @param samples 1..65536
 * @param noiseThreshold of Cycles' adaptive sampling, 0 (off) to 1
 * @param width pixels, 4..65536; without {@code percent} at 100 %
 * @param height pixels, 4..65536
 * @param percent of the resolution, 1..1000
 * @param camera for every frame; null follows the file, marker bindings included
 * @param seed Cycles' seed, 0..2^31-1
 * @param viewLayers names of the layers to render; null renders those that the file switches on
 * @param overrides material overrides by slot, applied to every variant
 */
public record RenderSettings(
        @Nullable RenderEngine engine,
        @Nullable Integer samples,
        @Nullable Double noiseThreshold,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Integer percent,
        @Nullable ImageFormat format,
        @Nullable String camera,
        @Nullable Denoise denoise,
        @Nullable Integer seed,
        @Nullable Device device,
        @Nullable List<String> viewLayers,
        @Nullable List<MaterialOverride> overrides) {

    /** Everything as in the file. */
    public static final RenderSettings AS_IN_FILE =
            new RenderSettings(null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** @throws IllegalArgumentException with one sentence for a person when a number is out of its range */
    public RenderSettings {
        between("samples", samples, 1, 65_536);
        between("width", width, 4, 65_536);
        between("height", height, 4, 65_536);
        between("percent", percent, 1, 1_000);
        between("seed", seed, 0, Integer.MAX_VALUE);
        if ((width == null) != (height == null)) {
            throw new IllegalArgumentException("Width and height go together; name both, for example 1920x1080.");
        }
        if (noiseThreshold != null && !(noiseThreshold >= 0 && noiseThreshold <= 1)) {
            throw new IllegalArgumentException("The noise threshold is between 0 and 1, not " + noiseThreshold + ".");
        }
        viewLayers = viewLayers == null ? null : List.copyOf(viewLayers);
        overrides = overrides == null ? null : List.copyOf(overrides);
    }

    /** The same on another class of device. */
    public RenderSettings withDevice(@Nullable Device other) {
        return new RenderSettings(
                engine,
                samples,
                noiseThreshold,
                width,
                height,
                percent,
                format,
                camera,
                denoise,
                seed,
                other,
                viewLayers,
                overrides);
    }

    /** The same with another seed; null is the file's own. */
    public RenderSettings withSeed(@Nullable Integer other) {
        return new RenderSettings(
                engine,
                samples,
                noiseThreshold,
                width,
                height,
                percent,
                format,
                camera,
                denoise,
                other,
                device,
                viewLayers,
                overrides);
    }

    /** The same with other material overrides. */
    public RenderSettings withOverrides(@Nullable List<MaterialOverride> others) {
        return new RenderSettings(
                engine,
                samples,
                noiseThreshold,
                width,
                height,
                percent,
                format,
                camera,
                denoise,
                seed,
                device,
                viewLayers,
                others);
    }

    private static void between(String what, @Nullable Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            throw new OutOfRange(
                    what, "The " + what + " must be between " + least + " and " + most + ", not " + value + ".");
        }
    }
}

package studio.kiln.core.blender;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an engine proved in its self-test.
 *
 * @param engines each render engine that was tried, with whether a picture came out
 * @param denoisers names of the denoisers that work ({@code oidn}, {@code optix}); empty for Debian's builds
 * @param importers model formats, with whether a small sample was imported
 * @param codecs video codecs, with whether a short film was encoded
 * @param gpus devices that Cycles can use
 * @param write whether a file could be written
 * @param problems sentences for a person, one for each thing that failed
 */
public record Capabilities(
        String version,
        String buildHash,
        Map<String, Boolean> engines,
        List<String> denoisers,
        Map<String, Boolean> importers,
        Map<String, Boolean> codecs,
        List<Gpu> gpus,
        boolean write,
        @Nullable Double seconds,
        List<String> problems) {
    /** A device, by the programming interface that Cycles reaches it through. */
    public record Gpu(String type, String name) {}
}

package studio.kiln.server.backend;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import studio.kiln.core.task.FailureKind;

/**
 * Lines that Blender prints when a picture cannot be trusted although it is written: device faults that Cycles survives
 * with a black or half picture and exit code 0. Seen with CUDA, OptiX, HIP, oneAPI and Metal in Blender 2.8 to 4.x.
 */
public final class FatalPhrases {
    /** @param code one of the session protocol's error codes */
    public record Fault(FailureKind kind, String code, String message) {}

    private record Phrase(List<String> words, Fault fault) {}

    private static final Fault GPU_MEMORY = new Fault(
            FailureKind.RESOURCE,
            "OUT_OF_MEMORY",
            "The GPU ran out of memory, so the picture cannot be trusted. Render on the CPU, or use smaller textures.");
    private static final Fault GPU_FAULT = new Fault(
            FailureKind.TRANSIENT,
            "GPU_UNAVAILABLE",
            "The GPU failed while it rendered, so the picture cannot be trusted. It is tried again.");
    private static final Pattern DEVICE = Pattern.compile("\\b(gpu|cuda|optix|hip|oneapi|metal)\\b");

    private static final List<Phrase> PHRASES = List.of(
            new Phrase(List.of("out of gpu memory"), GPU_MEMORY),
            new Phrase(List.of("error", "out of memory"), GPU_MEMORY),
            new Phrase(List.of("illegal address", "error"), GPU_FAULT),
            new Phrase(List.of("launch exceeded timeout"), GPU_FAULT),
            new Phrase(List.of("launch failed"), GPU_FAULT));

    private FatalPhrases() {}

    /** The fault that the line tells of, if any. */
    public static Optional<Fault> find(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (!DEVICE.matcher(lower).find()) {
            return Optional.empty();
        }
        return PHRASES.stream()
                .filter(phrase -> phrase.words().stream().allMatch(lower::contains))
                .map(Phrase::fault)
                .findFirst();
    }
}

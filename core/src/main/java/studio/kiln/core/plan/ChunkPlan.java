package studio.kiln.core.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Cuts the outputs of a task into chunks: runs of whole frames, every output in exactly one of them. */
public final class ChunkPlan {
    /** A chunk is meant to take about so long: short enough to be lost without tears, long enough to be worth a claim. */
    public static final Duration TARGET = Duration.ofMinutes(3);
    /** Frames of a chunk as long as nothing was measured. */
    public static final int UNMEASURED = 10;
    /** No chunk has more outputs, however quick they are. */
    public static final int MOST = 250;

    private ChunkPlan() {}

    /**
     * How many outputs a chunk should hold.
     *
     * @param secondsPerOutput measured for this or a similar task, or 0 when unknown
     * @param outputs how many the task owes
     * @param slots how many slots may share the work, at least 1; no chunk is so large that a slot would go without
     */
    public static int size(double secondsPerOutput, int outputs, int slots) {
        double wanted = secondsPerOutput <= 0 ? UNMEASURED : TARGET.toMillis() / 1000.0 / secondsPerOutput;
        int share = Math.max(1, (outputs + slots - 1) / slots);
        return (int) Math.clamp(Math.floor(wanted), 1, Math.min(MOST, share));
    }

    /**
     * Cuts in the given order.
     *
     * @param outputs in the order in which they should be rendered
     * @param size outputs of a chunk, at least 1
     * @param together everything in one chunk (an unbaked simulation must run from its first frame)
     */
    public static List<List<OutputKey>> cut(List<OutputKey> outputs, int size, boolean together) {
        if (size < 1) {
            throw new IllegalArgumentException("A chunk holds at least one output, not " + size);
        }
        if (outputs.isEmpty()) {
            return List.of();
        }
        if (together) {
            return List.of(List.copyOf(outputs));
        }
        List<List<OutputKey>> chunks = new ArrayList<>();
        for (int from = 0; from < outputs.size(); from += size) {
            chunks.add(List.copyOf(outputs.subList(from, Math.min(outputs.size(), from + size))));
        }
        return chunks;
    }

    /** The same outputs with those of the first, the middle and the last frame first, so that mistakes are seen early. */
    public static List<OutputKey> telling(List<OutputKey> outputs) {
        if (outputs.isEmpty()) {
            return outputs;
        }
        List<Integer> telling =
                FrameSet.of(outputs.stream().map(OutputKey::frame).toList()).firstMiddleLast();
        Set<OutputKey> ordered = new LinkedHashSet<>();
        for (int frame : telling) {
            outputs.stream().filter(o -> o.frame() == frame).forEach(ordered::add);
        }
        ordered.addAll(outputs);
        return List.copyOf(ordered);
    }
}

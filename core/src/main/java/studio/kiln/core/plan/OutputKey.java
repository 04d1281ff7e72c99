package studio.kiln.core.plan;

import java.util.Comparator;

/**
 * Names one picture that a task owes; the unit of publication and of reuse.
 *
 * @param variant number of the variant in the task, from 0
 * @param layer view layer that is rendered alone, or "" for the picture that plain Blender writes
 * @param view "" for mono, else the stereo view
 * @param part "" for the whole picture, else a range of samples
 */
public record OutputKey(int variant, int frame, String layer, String view, String part)
        implements Comparable<OutputKey> {
    private static final Comparator<OutputKey> ORDER = Comparator.comparingInt(OutputKey::variant)
            .thenComparingInt(OutputKey::frame)
            .thenComparing(OutputKey::layer)
            .thenComparing(OutputKey::view)
            .thenComparing(OutputKey::part);

    public static OutputKey frame(int frame) {
        return new OutputKey(0, frame, "", "", "");
    }

    @Override
    public int compareTo(OutputKey other) {
        return ORDER.compare(this, other);
    }

    /** The form of the session protocol: {@code v0/f12/lLAYER/wVIEW/pPART}. */
    @Override
    public String toString() {
        return "v" + variant + "/f" + frame + "/l" + layer + "/w" + view + "/p" + part;
    }
}

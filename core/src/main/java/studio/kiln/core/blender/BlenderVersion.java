package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Blender. Files know only {@code major.minor}; their patch is 0. */
public record BlenderVersion(int major, int minor, int patch) implements Comparable<BlenderVersion> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})(?:\\.(\\d{1,3}))?.*");
    private static final Comparator<BlenderVersion> ORDER = Comparator.comparingInt(BlenderVersion::major)
            .thenComparingInt(BlenderVersion::minor)
            .thenComparingInt(BlenderVersion::patch);

    /** The oldest version that Kiln drives. */
    public static final BlenderVersion OLDEST = new BlenderVersion(3, 4, 0);

    private static final BlenderVersion LARGE_BLOCKS = new BlenderVersion(5, 0, 0);
    private static final BlenderVersion READS_LARGE_BLOCKS = new BlenderVersion(4, 5, 0);

    /** Reads {@code 4.3.2}, {@code 4.3} or {@code 4.3.2 LTS}. */
    @JsonCreator
    public static BlenderVersion parse(String text) {
        Matcher m = FORM.matcher(text.strip());
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a version of Blender; write for example 4.3 or 4.3.2.");
        }
        return new BlenderVersion(
                Integer.parseInt(m.group(1)),
                Integer.parseInt(m.group(2)),
                m.group(3) == null ? 0 : Integer.parseInt(m.group(3)));
    }

    /** From the number in a file header: 304 is 3.4, 500 is 5.0. */
    public static BlenderVersion ofFile(int number) {
        return new BlenderVersion(number / 100, number % 100, 0);
    }

    /** Whether files of {@code other} were made for this version or an older one; patches do not change the format. */
    public boolean reads(BlenderVersion other) {
        return ORDER.compare(new BlenderVersion(major, minor, 0), new BlenderVersion(other.major, other.minor, 0)) >= 0;
    }

    /**
     * Whether this version can open a file of {@code other} at all, be it with losses. Files of 5.0 and later begin with
     * another header and have larger blocks, which no version before 4.5 knows.
     *
     * @see <a href="https://docs.blender.org/manual/en/latest/files/blend/compatibility.html">What the manual says of it</a>
     */
    public boolean opens(BlenderVersion other) {
        return reads(other) || other.major < LARGE_BLOCKS.major || reads(READS_LARGE_BLOCKS);
    }

    /** {@code 4.3}. */
    public String series() {
        return major + "." + minor;
    }

    @Override
    public int compareTo(BlenderVersion other) {
        return ORDER.compare(this, other);
    }

    @JsonValue
    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}

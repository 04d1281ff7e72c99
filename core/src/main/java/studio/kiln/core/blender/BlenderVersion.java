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

    private static final BlenderVersion LAST_OF_3 = new BlenderVersion(3, 6, 0);
    private static final BlenderVersion LAST_OF_4 = new BlenderVersion(4, 5, 0);

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
     * Whether this version can open a file of {@code other} at all, be it with losses. Of each major version Blender keeps
     * one release able to read the next: 3.6 the meshes of 4.x, 4.5 the header and larger blocks of 5.x. Earlier ones refuse
     * such a file or crash.
     *
     * @see <a href="https://docs.blender.org/manual/en/latest/files/blend/compatibility.html">What the manual says of it</a>
     */
    public boolean opens(BlenderVersion other) {
        return reads(other)
                || switch (other.major) {
                    case 0, 1, 2, 3 -> true;
                    case 4 -> reads(LAST_OF_3);
                    default -> reads(LAST_OF_4);
                };
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

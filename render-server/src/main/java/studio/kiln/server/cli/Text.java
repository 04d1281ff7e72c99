package studio.kiln.server.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Numbers, sizes and times as people write them. */
public final class Text {
    private Text() {}

    /** Columns that a terminal gives the text: two for wide characters, none for marks. */
    public static int width(String text) {
        return text.codePoints()
                .map(c -> {
                    int type = Character.getType(c);
                    if (type == Character.NON_SPACING_MARK || type == Character.FORMAT) {
                        return 0;
                    }
                    return Character.isIdeographic(c)
                                    || (c >= 0x1100 && c <= 0x115F)
                                    || (c >= 0xAC00 && c <= 0xD7A3)
                                    || (c >= 0x3040 && c <= 0x30FF)
                                    || (c >= 0xFF01 && c <= 0xFF60)
                                    || c >= 0x1F300
                            ? 2
                            : 1;
                })
                .sum();
    }

    /** The text, or its beginning with an ellipsis when it is wider than {@code columns}. */
    public static String fit(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        StringBuilder cut = new StringBuilder();
        int used = 0;
        for (int c : text.codePoints().toArray()) {
            int w = width(Character.toString(c));
            if (used + w > columns - 1) {
                break;
            }
            cut.appendCodePoint(c);
            used += w;
        }
        return cut + "\u2026";
    }

    /** {@code 0.42 s}, {@code 12 s}, {@code 3 min 05 s}, {@code 2 h 10 min}. */
    public static String seconds(double seconds) {
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        if (whole < 3600) {
            return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
        }
        return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    /** {@code 12 B}, {@code 3.4 MB}; decimal units. */
    public static String bytes(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0
                ? bytes + " B"
                : String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }

    /** {@code 3 pictures}, {@code 1 picture}. */
    public static String count(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }

    public static String count(long number, String one) {
        return count(number, one, one + "s");
    }

    /** {@code 5 min ago}. */
    public static String ago(Instant then, Instant now) {
        Duration age = Duration.between(then, now);
        if (age.toSeconds() < 60) {
            return "just now";
        }
        if (age.toMinutes() < 60) {
            return age.toMinutes() + " min ago";
        }
        if (age.toHours() < 48) {
            return age.toHours() + " h ago";
        }
        return age.toDays() + " days ago";
    }
}

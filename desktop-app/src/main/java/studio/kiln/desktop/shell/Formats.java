package studio.kiln.desktop.shell;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** How numbers, sizes, durations and times are written on screen. */
public final class Formats {
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm");
    private static final DateTimeFormatter CLOCK_SECONDS = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY_AND_TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMM", Locale.ENGLISH);

    private Formats() {}

    /** A whole number with narrow spaces between groups of three digits, for example {@code 96 512}. */
    public static String number(long value) {
        return String.format(Locale.ENGLISH, "%,d", value).replace(',', '\u2009');
    }

    /** A number with few digits: {@code 184 k}, {@code 1.2 M}; below ten thousand it is exact. */
    public static String about(long value) {
        if (value < 10_000) {
            return number(value);
        }
        if (value < 1_000_000) {
            return Math.round(value / 1000.0) + "\u2009k";
        }
        return String.format(Locale.ENGLISH, "%.1f\u2009M", value / 1e6);
    }

    /** A size in bytes, in the decimal units that disks are sold in: {@code 3.1 GB}. */
    public static String bytes(long value) {
        if (value < 1000) {
            return value + " B";
        }
        String[] units = {"kB", "MB", "GB", "TB", "PB"};
        double left = value;
        int unit = -1;
        while (left >= 999.5 && unit < units.length - 1) {
            left /= 1000;
            unit++;
        }
        return String.format(Locale.ENGLISH, left < 9.95 ? "%.1f %s" : "%.0f %s", left, units[unit]);
    }

    /** A duration as on a clock: {@code 0:31}, {@code 1:48} (minutes and seconds), {@code 2:05:00} from an hour on. */
    public static String clock(Duration duration) {
        long seconds = Math.max(0, Math.round(duration.toMillis() / 1000.0));
        long hours = seconds / 3600;
        return hours > 0
                ? String.format(Locale.ENGLISH, "%d:%02d:%02d", hours, seconds / 60 % 60, seconds % 60)
                : String.format(Locale.ENGLISH, "%d:%02d", seconds / 60, seconds % 60);
    }

    /** A duration in words of one unit: {@code 4 s}, {@code 14 min}, {@code 2.5 h}. */
    public static String rough(Duration duration) {
        double seconds = Math.max(0, duration.toMillis() / 1000.0);
        if (seconds < 59.5) {
            return Math.round(seconds) + " s";
        }
        if (seconds < 3570) {
            return Math.round(seconds / 60) + " min";
        }
        return String.format(Locale.ENGLISH, "%.1f h", seconds / 3600);
    }

    /** Seconds of a frame: {@code 0.42}, {@code 2.4}, {@code 31}. */
    public static String seconds(double seconds) {
        if (seconds < 1) {
            return String.format(Locale.ENGLISH, "%.2f", seconds);
        }
        return String.format(Locale.ENGLISH, seconds < 10 ? "%.1f" : "%.0f", seconds);
    }

    /** How an engine is shut in, in a word or two: what stands before the colon or bracket that explains it. */
    public static String briefly(String containment) {
        return containment.split("[:(]", 2)[0].strip();
    }

    /** A time of day, with the day when it is not today: {@code 10:21}, {@code yesterday 17:20}, {@code 3 Mar 09:05}. */
    public static String time(Instant instant, Instant now, ZoneId zone) {
        ZonedDateTime at = instant.atZone(zone);
        LocalDate today = now.atZone(zone).toLocalDate();
        long days = ChronoUnit.DAYS.between(at.toLocalDate(), today);
        if (days == 0) {
            return CLOCK.format(at);
        }
        if (days == 1) {
            return Texts.get("time.yesterday", CLOCK.format(at));
        }
        return DAY.format(at) + " " + CLOCK.format(at);
    }

    /** As {@link #time(Instant, Instant, ZoneId)}, seen from here and now. */
    public static String time(Instant instant) {
        return time(instant, Instant.now(), ZoneId.systemDefault());
    }

    /** A day and time that stand for themselves, as records need them: {@code 2026-03-03 10:49:12}. */
    public static String dayAndTime(Instant instant) {
        return DAY_AND_TIME.format(instant.atZone(ZoneId.systemDefault()));
    }

    /** A time of day with seconds: {@code 10:49:12}. */
    public static String timeWithSeconds(Instant instant) {
        return CLOCK_SECONDS.format(instant.atZone(ZoneId.systemDefault()));
    }
}

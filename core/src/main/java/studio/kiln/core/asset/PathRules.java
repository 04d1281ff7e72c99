package studio.kiln.core.asset;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which paths an upload may hold: no absolute paths, no way out, no control characters, no two names that one file system
 * would take for the same. Quotes, spaces, signs and every script are fine: nothing is ever put into a shell line.
 */
public final class PathRules {
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_PATH = 1024;

    private PathRules() {}

    /** Checks every path and that no two of them clash. */
    public static void check(Collection<String> paths) {
        if (paths.isEmpty()) {
            throw new UnusablePath("There is no file in this upload.");
        }
        Map<String, String> seen = new HashMap<>();
        for (String path : paths) {
            check(path);
            String other = seen.putIfAbsent(fold(path), path);
            if (other != null) {
                throw new UnusablePath(
                        other.equals(path)
                                ? "'" + path + "' is named twice."
                                : "'" + other + "' and '" + path
                                        + "' differ only by case or Unicode form; rename one of them.");
            }
        }
        for (String path : paths) {
            for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
                String folder = seen.get(fold(path.substring(0, slash)));
                if (folder != null) {
                    throw new UnusablePath(
                            "'" + folder + "' is a file and also the folder of '" + path + "'; rename one of them.");
                }
            }
        }
    }

    /** Checks one path by itself. */
    public static void check(String path) {
        if (path.isEmpty()) {
            throw new UnusablePath("A file of this upload has no name.");
        }
        if (path.startsWith("/") || path.startsWith("\\") || path.matches("^[A-Za-z]:.*")) {
            throw new UnusablePath(
                    "'" + path + "' is an absolute path; an upload holds only paths inside its own folder.");
        }
        if (path.indexOf('\\') >= 0) {
            throw new UnusablePath("'" + path + "' has a backslash; folders are separated by '/'.");
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw new UnusablePath(
                    "The path '" + path.substring(0, 60) + "\u2026' is longer than " + LONGEST_PATH + " bytes.");
        }
        for (String name : path.split("/", -1)) {
            checkName(path, name);
        }
    }

    private static void checkName(String path, String name) {
        if (name.equals("..") || name.equals(".")) {
            throw new UnusablePath("'" + path + "' leaves its folder ('" + name
                    + "'); an upload holds only paths inside its own folder.");
        }
        if (name.isEmpty()) {
            throw new UnusablePath("'" + path + "' has an empty folder or file name.");
        }
        if (name.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
            throw new UnusablePath("'" + printable(path) + "' has a control character in its name; rename it.");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw new UnusablePath("'" + name.substring(0, 60) + "\u2026' is a name of more than " + LONGEST_NAME
                    + " bytes; rename it.");
        }
        if (!wellFormed(name)) {
            throw new UnusablePath("'" + printable(path) + "' is not valid Unicode; rename it.");
        }
    }

    /** What a path becomes on a file system that ignores case and Unicode form. */
    public static String fold(String path) {
        return Normalizer.normalize(path, Normalizer.Form.NFC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
    }

    private static boolean wellFormed(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static String printable(String text) {
        return text.codePoints()
                .mapToObj(c -> c < 0x20 || c == 0x7f ? "\\x%02x".formatted(c) : Character.toString(c))
                .reduce("", String::concat);
    }
}

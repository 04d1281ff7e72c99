package studio.kiln.server.ops.config;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what somebody may have meant. */
public final class Spelling {
    private Spelling() {}

    /** Whether somebody who wrote the one may have meant the other. */
    public static boolean isNear(String name, String other) {
        return distance(name, other) <= Math.max(2, other.length() / 3);
    }

    /** The nearest of the names, or null when none is near. */
    static @Nullable String nearest(String name, List<String> names) {
        return names.stream()
                .filter(other -> isNear(name, other))
                .min(Comparator.comparingInt(other -> distance(name, other)))
                .orElse(null);
    }

    /** How many letters have to be put in, left out or changed (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}

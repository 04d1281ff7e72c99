package studio.kiln.server.scheduler;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Small helps for sentences and columns. */
final class Text {
    static final int LONG = 4000;

    private Text() {}

    static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "\u2026";
    }

    static @Nullable String cutOrNull(@Nullable String text, int most) {
        return text == null ? null : cut(text, most);
    }

    /** {@code 1 picture}, {@code 2 pictures}. */
    static String count(long n, String one) {
        return n + " " + one + (n == 1 ? "" : "s");
    }

    static String names(Collection<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }
}

package studio.kiln.desktop.shell;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that a person is told in passing.
 *
 * @param kind what it is about
 * @param text one sentence
 * @param when when it happened
 * @param actionText what can be done about it, or null
 * @param action does that, or null
 */
public record Notice(
        Kind kind,
        String text,
        Instant when,
        @Nullable String actionText,
        @Nullable Runnable action) {
    /** What a notice is about; decides its icon and colour. */
    public enum Kind {
        DONE,
        INFO,
        FAILED
    }
}

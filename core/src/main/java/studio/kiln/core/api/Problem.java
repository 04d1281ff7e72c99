package studio.kiln.core.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An error answer: problem details as in RFC 9457, with two members of Kiln's own.
 *
 * @param title what happened, in a few words
 * @param detail what happened, why, and what to do: sentences for a person
 * @param code stable word for programs, such as {@code FILE_NEWER} or {@code BAD_FRAMES}
 * @param fields names of the request's members that are wrong
 */
public record Problem(
        String type,
        String title,
        int status,
        @Nullable String detail,
        String code,
        @Nullable List<String> fields) {
    public static Problem of(int status, String code, String title, String detail) {
        return new Problem("about:blank", title, status, detail, code, null);
    }
}

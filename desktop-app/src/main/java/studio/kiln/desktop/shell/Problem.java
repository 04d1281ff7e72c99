package studio.kiln.desktop.shell;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * What a person is told when something did not work.
 *
 * @param what what happened, one sentence
 * @param why the cause as far as it is known, or null
 * @param remedy what to do about it, or null
 * @param details for a report, to be copied, or null
 */
public record Problem(
        String what,
        @Nullable String why,
        @Nullable String remedy,
        @Nullable String details) {

    /** What is known of an exception; the sentences of the server are kept as they are. */
    public static Problem of(Throwable error) {
        return Problems.of(error);
    }

    /** What and why, as one line. */
    public String inOneLine() {
        return why == null || why.isBlank() ? what : what + " " + why;
    }

    /** Everything, for the clipboard. */
    public String forReport() {
        StringBuilder text = new StringBuilder(what);
        for (String part : new @Nullable String[] {why, remedy, details}) {
            if (part != null && !part.isBlank()) {
                text.append('\n').append(part);
            }
        }
        return text.toString();
    }

    static String trace(Throwable error) {
        StringWriter out = new StringWriter();
        error.printStackTrace(new PrintWriter(out));
        return out.toString();
    }
}

package studio.kiln.server.ops;

import org.jspecify.annotations.Nullable;

/**
 * One thing that was looked at.
 *
 * @param what its name
 * @param found in a few words
 * @param remedy a command or a sentence that closes the gap; null when there is none
 */
public record Finding(
        String what, State state, String found, @Nullable String remedy) {
    /** How much it matters. */
    public enum State {
        GOOD,
        /** Works without it, but not everything. */
        NOTE,
        GAP
    }

    public static Finding good(String what, String found) {
        return new Finding(what, State.GOOD, found, null);
    }

    public static Finding note(String what, String found) {
        return new Finding(what, State.NOTE, found, null);
    }

    public static Finding note(String what, String found, @Nullable String remedy) {
        return new Finding(what, State.NOTE, found, remedy);
    }

    public static Finding gap(String what, @Nullable String found, String remedy) {
        return new Finding(what, State.GAP, found == null ? "does not work" : found, remedy);
    }
}

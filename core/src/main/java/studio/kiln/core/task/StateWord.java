package studio.kiln.core.task;

import java.util.Arrays;

/**
 * The one table from a task's state to the words and marks that people and programs see: API word, word on screen and
 * in the board's query language, icon and colour token.
 *
 * @param word as the API and the query language write it
 * @param screen as the screen shows it
 * @param icon name of the icon in the studio's set
 * @param colour name of the colour token of the studio's theme
 */
public record StateWord(TaskState state, String word, String screen, String icon, String colour) {
    private static final StateWord[] TABLE = {
        new StateWord(TaskState.WAITING, "waiting", "Waiting", "circle-dashed", "waiting"),
        new StateWord(TaskState.QUEUED, "queued", "Queued", "clock", "queued"),
        new StateWord(TaskState.RUNNING, "rendering", "Rendering", "flame", "rendering"),
        new StateWord(TaskState.PAUSE_REQUESTED, "pausing", "Pausing\u2026", "circle-pause", "paused"),
        new StateWord(TaskState.PAUSED, "paused", "Paused", "circle-pause", "paused"),
        new StateWord(TaskState.CANCEL_REQUESTED, "cancelling", "Cancelling\u2026", "ban", "cancelled"),
        new StateWord(TaskState.SUCCEEDED, "done", "Done", "circle-check", "done"),
        new StateWord(TaskState.FAILED, "failed", "Failed", "triangle-alert", "failed"),
        new StateWord(TaskState.CANCELLED, "cancelled", "Cancelled", "ban", "cancelled"),
    };

    /** The row of a state. */
    public static StateWord of(TaskState state) {
        return TABLE[state.ordinal()];
    }

    /** The state that a word of the API or of the query language stands for; upper and lower case are the same. */
    public static java.util.Optional<TaskState> parse(String word) {
        return Arrays.stream(TABLE)
                .filter(row ->
                        row.word.equalsIgnoreCase(word) || row.state.name().equalsIgnoreCase(word))
                .map(StateWord::state)
                .findFirst();
    }
}

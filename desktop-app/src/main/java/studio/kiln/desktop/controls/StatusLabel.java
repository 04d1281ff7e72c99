package studio.kiln.desktop.controls;

import java.util.List;
import javafx.scene.control.Label;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;

/** A state: its icon, its word and its colour, always together. */
public final class StatusLabel extends Label {
    private @Nullable TaskState shown;

    public StatusLabel() {
        getStyleClass().add("status");
    }

    /** Shows a state. */
    public void set(TaskState state, Lucide icon) {
        if (state == shown) {
            return;
        }
        shown = state;
        StateWord word = StateWord.of(state);
        setText(word.screen());
        setGraphic(Icons.of(icon, 14));
        getStyleClass().setAll(List.of("label", "status", "status-" + word.colour()));
    }
}

package studio.kiln.desktop.shell;

import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.VBox;

/** A question with a few answers, to be shown in the {@link Overlay}. */
public final class Question extends VBox {
    private final HBox answers = new HBox(8);

    public Question(String title, String text) {
        getStyleClass().add("dialog-card");
        setMaxSize(440, USE_PREF_SIZE);
        setPrefWidth(440);
        Label head = new Label(title);
        head.getStyleClass().add("subtitle");
        head.setWrapText(true);
        head.setMinHeight(USE_PREF_SIZE);
        Label body = new Label(text);
        body.getStyleClass().add("muted");
        body.setWrapText(true);
        body.setMinHeight(USE_PREF_SIZE);
        VBox words = new VBox(8, head, body);
        words.getStyleClass().add("dialog-body");
        answers.getStyleClass().add("dialog-foot");
        answers.setAlignment(Pos.CENTER_RIGHT);
        getChildren().addAll(words, answers);
    }

    /** Adds an answer, to the right of those before. Gives the button back, so that it can take the keyboard. */
    public Button answer(String text, boolean main, Runnable run) {
        Button button = new Button(text);
        if (main) {
            button.getStyleClass().add("primary");
            button.setDefaultButton(true);
        }
        button.setOnAction(event -> run.run());
        answers.getChildren().add(button);
        return button;
    }
}

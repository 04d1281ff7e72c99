package studio.kiln.desktop.shell;

import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.VBox;

/** A question with a few answers, to be shown in the {@link Overlay}. */
public final class Question extends VBox {
    private static final double WIDTH = 460;
    /** Left and right of a choice's words: the dialog's edges and the choice's own. */
    private static final double CHOICE_EDGES = 2 * (22 + 14);

    private final VBox words;
    private final HBox answers = new HBox(8);

    public Question(String title, String text) {
        getStyleClass().add("dialog-card");
        setMaxSize(USE_PREF_SIZE, USE_PREF_SIZE);
        Label head = new Label(title);
        head.getStyleClass().add("subtitle");
        head.setWrapText(true);
        head.setMinHeight(USE_PREF_SIZE);
        Label body = new Label(text);
        body.getStyleClass().add("muted");
        body.setWrapText(true);
        body.setMinHeight(USE_PREF_SIZE);
        words = new VBox(8, head, body);
        words.setPrefWidth(WIDTH);
        words.getStyleClass().add("dialog-body");
        answers.getStyleClass().addAll("dialog-foot", "answers");
        getChildren().addAll(words, answers);
    }

    /** Adds an answer, to the right of those before. Gives the button back, so that it can take the keyboard. */
    public Button answer(String text, boolean main, Runnable run) {
        Button button = new Button(text);
        answering(button, main, run);
        button.setMinWidth(USE_PREF_SIZE);
        answers.getChildren().add(button);
        return button;
    }

    /** Adds an answer that says in a sentence what it does, below those before. */
    public Button choice(String text, String sentence, boolean main, Runnable run) {
        Button choice = new Choice(text, sentence);
        answering(choice, main, run);
        words.getChildren().add(choice);
        return choice;
    }

    private static void answering(Button button, boolean main, Runnable run) {
        if (main) {
            button.getStyleClass().add("primary");
            button.setDefaultButton(true);
        }
        button.setOnAction(event -> run.run());
    }

    private static final class Choice extends Button {
        private final VBox lines;

        Choice(String text, String sentence) {
            Label title = new Label(text);
            title.getStyleClass().add("choice-title");
            Label what = new Label(sentence);
            what.getStyleClass().add("choice-text");
            what.setWrapText(true);
            lines = new VBox(2, title, what);
            lines.setPrefWidth(WIDTH - CHOICE_EDGES);
            getStyleClass().add("choice");
            setAccessibleText(text);
            setAccessibleHelp(sentence);
            setGraphic(lines);
            setMaxWidth(Double.MAX_VALUE);
        }

        // A button asks what it shows for the height of one line.
        @Override
        protected double computePrefHeight(double width) {
            return snappedTopInset() + snapSizeY(lines.prefHeight(lines.getPrefWidth())) + snappedBottomInset();
        }

        @Override
        protected double computeMinHeight(double width) {
            return computePrefHeight(width);
        }
    }
}

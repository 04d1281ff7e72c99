package studio.kiln.desktop.controls;

import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;

/** What a page shows when it has nothing: a picture, a sentence, and the one button that changes that. */
public final class EmptyState extends VBox {
    public EmptyState(Node picture, String headline, String sentence, @Nullable Node button) {
        getStyleClass().add("empty");
        Label title = new Label(headline);
        title.getStyleClass().add("subtitle");
        Label text = new Label(sentence);
        text.getStyleClass().add("sentence");
        text.setWrapText(true);
        text.setMaxWidth(440);
        text.setMinHeight(USE_PREF_SIZE);
        getChildren().addAll(picture, title, text);
        if (button != null) {
            VBox.setMargin(button, new javafx.geometry.Insets(6, 0, 0, 0));
            getChildren().add(button);
        }
    }
}

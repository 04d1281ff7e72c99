package studio.kiln.desktop.shell;

import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;

/** An error where it happened: what, why, what to do; the details unfold and can be copied. */
public final class ProblemView extends VBox {
    /** @param retry does the failed thing again, or null */
    public ProblemView(Problem problem, @Nullable Runnable retry) {
        getStyleClass().add("problem");
        Label what = new Label(problem.what(), Icons.of(Lucide.TRIANGLE_ALERT, 17, "status-failed", "status-icon"));
        what.getStyleClass().add("strong");
        what.setGraphicTextGap(9);
        what.setWrapText(true);
        what.setMinHeight(USE_PREF_SIZE);
        getChildren().add(what);
        sentence(problem.why());
        sentence(problem.remedy());
        HBox buttons = new HBox(8);
        buttons.setPadding(new javafx.geometry.Insets(4, 0, 0, 0));
        if (retry != null) {
            Button again = new Button(Texts.get("problem.retry"), Icons.of(Lucide.ROTATE_CW, 14));
            again.setOnAction(event -> retry.run());
            buttons.getChildren().add(again);
        }
        Button copy = new Button(Texts.get("problem.copy"), Icons.of(Lucide.COPY, 14));
        copy.setOnAction(event -> {
            ClipboardContent content = new ClipboardContent();
            content.putString(problem.forReport());
            Clipboard.getSystemClipboard().setContent(content);
            copy.setText(Texts.get("problem.copied"));
        });
        buttons.getChildren().add(copy);
        String details = problem.details();
        if (details != null) {
            TextArea text = new TextArea(details);
            text.setEditable(false);
            text.setPrefRowCount(8);
            text.getStyleClass().add("details");
            text.setAccessibleText(Texts.get("problem.details"));
            text.setVisible(false);
            text.setManaged(false);
            Button unfold = new Button(Texts.get("problem.details"), Icons.of(Lucide.CHEVRON_DOWN, 14));
            unfold.setOnAction(event -> {
                text.setVisible(!text.isVisible());
                text.setManaged(text.isVisible());
            });
            buttons.getChildren().add(unfold);
            getChildren().addAll(buttons, text);
        } else {
            getChildren().add(buttons);
        }
    }

    private void sentence(@Nullable String text) {
        if (text != null && !text.isBlank()) {
            Label label = new Label(text);
            label.getStyleClass().add("muted");
            label.setWrapText(true);
            label.setMinHeight(USE_PREF_SIZE);
            getChildren().add(label);
        }
    }
}

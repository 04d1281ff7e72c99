package studio.kiln.desktop.admin;

import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import studio.kiln.desktop.shell.Texts;

/** A small dialog: a title, named fields, and two buttons. */
abstract class Form extends VBox {
    private final VBox body = new VBox();
    private final HBox foot = new HBox();

    Form(String title) {
        getStyleClass().add("dialog-card");
        setMaxSize(440, USE_PREF_SIZE);
        setPrefWidth(440);
        Label head = new Label(Texts.get(title));
        head.getStyleClass().add("subtitle");
        body.getStyleClass().add("dialog-body");
        body.getChildren().add(head);
        foot.getStyleClass().add("dialog-foot");
        clearButtons();
        getChildren().addAll(body, foot);
    }

    /** What takes the keyboard first. */
    abstract Node firstFocus();

    final void field(String key, Node control) {
        Label name = new Label(Texts.get(key));
        name.getStyleClass().add("secondary");
        name.setLabelFor(control);
        control.setAccessibleText(Texts.get(key));
        body.getChildren().add(new VBox(5, name, control));
    }

    final void say(Node node) {
        body.getChildren().add(node);
    }

    final Button button(String key, boolean main, Runnable run) {
        Button button = new Button(Texts.get(key));
        if (main) {
            button.getStyleClass().add("primary");
            button.setDefaultButton(true);
        } else {
            button.setCancelButton(true);
        }
        button.setOnAction(event -> run.run());
        foot.getChildren().add(button);
        return button;
    }

    /** Takes the buttons away, for others. */
    final void clearButtons() {
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        foot.getChildren().setAll(space);
    }
}

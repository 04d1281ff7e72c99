package studio.kiln.desktop.shell;

import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;

/** A small dialog: a title, named fields, and two buttons. */
public abstract class Form extends VBox {
    private final VBox body = new VBox();
    private final HBox foot = new HBox();

    /** @param title key of its text */
    protected Form(String title) {
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
    public abstract Node firstFocus();

    /** Adds a control under a name, with the key of its text. */
    protected final void field(String key, Node control) {
        Label name = new Label(Texts.get(key));
        name.getStyleClass().add("secondary");
        name.setLabelFor(control);
        control.setAccessibleText(Texts.get(key));
        body.getChildren().add(new VBox(5, name, control));
    }

    protected final void say(Node node) {
        body.getChildren().add(node);
    }

    /** @param main whether Enter presses it; else Escape does */
    protected final Button button(String key, boolean main, Runnable run) {
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
    protected final void clearButtons() {
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        foot.getChildren().setAll(space);
    }
}

package studio.kiln.desktop.controls;

import javafx.beans.property.StringProperty;
import javafx.scene.control.Label;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;

/** A field to search with: a lens, the words, and the shortcut that leads here. */
public final class SearchBox extends HBox {
    private final TextField field = new TextField();

    /** @param keys the shortcut as a person reads it, shown while the field is empty */
    public SearchBox(String prompt, String keys) {
        getStyleClass().add("search");
        field.setPromptText(prompt);
        field.setAccessibleText(prompt);
        HBox.setHgrow(field, Priority.ALWAYS);
        Label hint = new Label(keys);
        hint.getStyleClass().add("key");
        hint.setMinWidth(USE_PREF_SIZE);
        hint.visibleProperty().bind(field.textProperty().isEmpty());
        hint.managedProperty().bind(hint.visibleProperty());
        getChildren().addAll(Icons.of(Lucide.SEARCH, 14), field, hint);
        field.focusedProperty().addListener((at, before, now) -> {
            getStyleClass().remove("busy");
            if (now) {
                getStyleClass().add("busy");
            }
        });
        field.setOnKeyPressed(event -> {
            if (event.getCode() == KeyCode.ESCAPE && !field.getText().isEmpty()) {
                field.clear();
                event.consume();
            }
        });
        setOnMouseClicked(event -> field.requestFocus());
    }

    public StringProperty textProperty() {
        return field.textProperty();
    }

    public TextField field() {
        return field;
    }
}

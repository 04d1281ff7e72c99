package studio.kiln.desktop.shell;

import javafx.application.Platform;
import javafx.event.Event;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.ScrollPane;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseEvent;
import javafx.scene.layout.StackPane;
import org.jspecify.annotations.Nullable;

/**
 * The layer above the rooms. One dialog at a time, centred over a scrim that takes all clicks; Esc and a click beside it
 * close it, and the keyboard goes back to where it was. FX thread only.
 */
public final class Overlay extends StackPane {
    private @Nullable Node dialog;
    private @Nullable Node focusedBefore;
    private Runnable onClose = () -> {};

    private @Nullable Node focusedInside;

    public Overlay() {
        getStyleClass().add("scrim");
        setPadding(new Insets(24));
        setAlignment(Pos.CENTER);
        setVisible(false);
        setFocusTraversable(true);
        addEventFilter(KeyEvent.KEY_PRESSED, event -> {
            if (event.getCode() == KeyCode.ESCAPE) {
                event.consume();
                close();
            }
        });
        setOnMousePressed((MouseEvent event) -> {
            if (event.getTarget() == this) {
                close();
            }
        });
        setOnScroll(Event::consume);
        sceneProperty().subscribe(scene -> {
            if (scene != null) {
                scene.focusOwnerProperty().subscribe(this::keepFocus);
            }
        });
    }

    /** What lies below a dialog is not reached by the keyboard either. */
    private void keepFocus(@Nullable Node owner) {
        if (dialog == null || owner == null) {
            return;
        }
        if (holdsFocus()) {
            focusedInside = owner;
            return;
        }
        Node inside = focusedInside;
        if (inside != null) {
            Platform.runLater(() -> {
                if (dialog != null) {
                    inside.requestFocus();
                }
            });
        }
    }

    /** Shows a dialog; one that was open is closed. */
    public void show(Node node, Node firstFocus, Runnable closed) {
        close();
        Scene scene = getScene();
        focusedBefore = scene == null ? null : scene.getFocusOwner();
        dialog = node;
        onClose = closed;
        getChildren().setAll(node);
        setVisible(true);
        focusedInside = firstFocus;
        firstFocus.requestFocus();
        // What is to have the focus may be switched off as yet, or lose it to the end of the click that opened this;
        // the
        // keyboard, and Esc above all, belongs to the dialog all the same.
        Platform.runLater(() -> {
            if (dialog == node && !holdsFocus()) {
                firstFocus.requestFocus();
                if (!holdsFocus()) {
                    requestFocus();
                }
            }
        });
    }

    private boolean holdsFocus() {
        Scene scene = getScene();
        for (Node at = scene == null ? null : scene.getFocusOwner(); at != null; at = at.getParent()) {
            if (at == this) {
                return true;
            }
        }
        return false;
    }

    public boolean isOpen() {
        return dialog != null;
    }

    /** The dialog that is open, or null. */
    public @Nullable Node dialog() {
        return dialog;
    }

    public void close() {
        if (dialog == null) {
            return;
        }
        dialog = null;
        focusedInside = null;
        getChildren().clear();
        setVisible(false);
        Runnable told = onClose;
        onClose = () -> {};
        if (focusedBefore != null) {
            focusedBefore.requestFocus();
        }
        told.run();
    }

    /** A body that scrolls when the window is lower than the dialog. */
    public static ScrollPane scrolling(Node body) {
        ScrollPane scroll = new ScrollPane(body);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        return scroll;
    }
}

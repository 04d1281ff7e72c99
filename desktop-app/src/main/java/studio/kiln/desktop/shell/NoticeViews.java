package studio.kiln.desktop.shell;

import javafx.animation.FadeTransition;
import javafx.animation.PauseTransition;
import javafx.collections.ListChangeListener;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.Duration;

/** Shows notices: for a few seconds in the corner as they come, and all of them in a list under the bell. */
final class NoticeViews extends StackPane {
    private static final Duration SHOWN = Duration.seconds(5);
    private static final Duration FADE = Duration.millis(140);
    private static final int AT_ONCE = 3;
    /** The board's dock has its buttons where toasts would lie. */
    private static final double ABOVE_THE_DOCK = 98;

    private final Notices notices;
    private final VBox toasts = new VBox(8);
    private final VBox list = new VBox(2);
    private final VBox popover = new VBox(4);

    NoticeViews(Notices notices) {
        this.notices = notices;
        setPickOnBounds(false);
        setAlignment(Pos.BOTTOM_RIGHT);
        setPadding(new Insets(0, 14, 40, 0));
        toasts.setPickOnBounds(false);
        toasts.setAlignment(Pos.BOTTOM_RIGHT);
        toasts.setMaxSize(USE_PREF_SIZE, USE_PREF_SIZE);
        setMargin(toasts, new Insets(0, 0, ABOVE_THE_DOCK, 0));
        Label title = new Label(Texts.get("notices.title"));
        title.getStyleClass().add("section-title");
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        Button clear = new Button(Texts.get("notices.clear"));
        clear.getStyleClass().add("link");
        clear.setOnAction(event -> notices.clear());
        HBox head = new HBox(8, title, space, clear);
        head.setAlignment(Pos.CENTER_LEFT);
        head.setPadding(new Insets(8, 10, 4, 10));
        ScrollPane scroll = new ScrollPane(list);
        scroll.setFitToWidth(true);
        scroll.setMaxHeight(380);
        popover.getStyleClass().add("popover");
        popover.getChildren().addAll(head, scroll);
        popover.setMaxHeight(USE_PREF_SIZE);
        popover.setVisible(false);
        popover.setManaged(false);
        getChildren().addAll(toasts, popover);
        notices.all().addListener((ListChangeListener<Notice>) change -> {
            while (change.next()) {
                if (change.wasAdded() && change.getFrom() == 0) {
                    change.getAddedSubList().forEach(this::toast);
                }
            }
            fill();
        });
        fill();
    }

    /** Opens or closes the list. */
    void toggle() {
        boolean open = !popover.isVisible();
        popover.setVisible(open);
        popover.setManaged(open);
        toasts.setVisible(!open);
        if (open) {
            notices.markRead();
            toasts.getChildren().clear();
        }
    }

    boolean isOpen() {
        return popover.isVisible();
    }

    private void fill() {
        list.getChildren().clear();
        for (Notice notice : notices.all()) {
            HBox line = line(notice, true);
            line.getStyleClass().add("notice");
            list.getChildren().add(line);
        }
        if (notices.all().isEmpty()) {
            Label none = new Label(Texts.get("notices.none"));
            none.getStyleClass().add("secondary");
            none.setPadding(new Insets(6, 10, 12, 10));
            list.getChildren().add(none);
        }
    }

    private void toast(Notice notice) {
        HBox line = line(notice, false);
        line.getStyleClass().add("toast");
        Button close = new Button("", Icons.of(Lucide.X, 14));
        close.getStyleClass().addAll("plain", "square");
        close.setMinSize(22, 22);
        close.setPrefSize(22, 22);
        close.setAccessibleText(Texts.get("close"));
        close.setOnAction(event -> toasts.getChildren().remove(line));
        line.getChildren().add(close);
        toasts.getChildren().add(line);
        while (toasts.getChildren().size() > AT_ONCE) {
            toasts.getChildren().removeFirst();
        }
        PauseTransition pause = new PauseTransition(SHOWN);
        pause.setOnFinished(event -> fade(line));
        line.hoverProperty().subscribe(over -> {
            if (over) {
                pause.stop();
            } else {
                pause.playFromStart();
            }
        });
    }

    private void fade(Node line) {
        FadeTransition fade = new FadeTransition(FADE, line);
        fade.setToValue(0);
        fade.setOnFinished(event -> toasts.getChildren().remove(line));
        fade.play();
    }

    private HBox line(Notice notice, boolean withTime) {
        Region icon = new HBox(
                switch (notice.kind()) {
                    case DONE -> Icons.of(Lucide.CIRCLE_CHECK, 16, "status-done", "status-icon");
                    case INFO -> Icons.of(Lucide.INFO, 16, "status-queued", "status-icon");
                    case FAILED -> Icons.of(Lucide.TRIANGLE_ALERT, 16, "status-failed", "status-icon");
                });
        icon.setMinWidth(USE_PREF_SIZE);
        Label text = new Label(notice.text());
        text.setWrapText(true);
        text.setMinHeight(USE_PREF_SIZE);
        VBox body = new VBox(3, text);
        HBox.setHgrow(body, Priority.ALWAYS);
        Runnable action = notice.action();
        if (notice.actionText() != null && action != null) {
            Button act = new Button(notice.actionText());
            act.getStyleClass().add("link");
            act.setOnAction(event -> {
                action.run();
                if (isOpen()) {
                    toggle();
                }
            });
            body.getChildren().add(act);
        }
        if (withTime) {
            Label when = new Label(Formats.time(notice.when()));
            when.getStyleClass().add("caption");
            body.getChildren().add(when);
        }
        return new HBox(10, icon, body);
    }
}

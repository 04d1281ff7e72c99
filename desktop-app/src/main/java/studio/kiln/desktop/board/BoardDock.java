package studio.kiln.desktop.board;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.Subscription;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.controls.SegmentBar;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** The selected task below the board: its newest picture, what renders, and what can be done. */
final class BoardDock extends HBox {
    private static final int[] PRIORITIES = {100, 80, 50, 20, 0};

    private final BoardModel model;
    private final Pictures pictures;
    private final Picture picture = new Picture(Picture.Fit.COVER, 6);
    private final Label draft = new Label(Texts.get("task.draft"));
    private final Label name = new Label();
    private final Label now = new Label();
    private final SegmentBar bar = new SegmentBar();
    private final Label said = new Label();
    private final Button pause = new Button();
    private final MenuButton priority = new MenuButton(Texts.get("board.priority"), Icons.of(Lucide.CHEVRONS_UP, 14));
    private final Button cancel = new Button(Texts.get("board.cancel"), Icons.of(Lucide.X, 14));
    private final Button requeue = new Button(Texts.get("board.requeue"), Icons.of(Lucide.ROTATE_CW, 14));
    private Subscription following = Subscription.EMPTY;
    private @Nullable String shown;

    BoardDock(BoardModel model, Pictures pictures, Consumer<String> open) {
        this.model = model;
        this.pictures = pictures;
        getStyleClass().add("dock");
        setId("dock");
        picture.setMinSize(114, 64);
        picture.setMaxSize(114, 64);
        picture.setPrefSize(114, 64);
        picture.setPlaceholder(Icons.of(Lucide.IMAGE, 20, "icon-faint"));
        name.getStyleClass().add("strong");
        now.getStyleClass().add("secondary");
        VBox words = new VBox(4, name, now, bar);
        words.setAlignment(Pos.CENTER_LEFT);
        words.setMinWidth(170);
        words.setPrefWidth(250);
        words.setMaxWidth(300);
        VBox.setMargin(bar, new javafx.geometry.Insets(4, 0, 0, 0));
        said.getStyleClass().add("secondary");
        said.setWrapText(true);
        said.setMinWidth(0);
        said.setMaxWidth(Double.MAX_VALUE);
        HBox.setHgrow(said, Priority.ALWAYS);
        HBox.setHgrow(words, Priority.SOMETIMES);
        Button page = new Button(Texts.get("board.open"), Icons.of(Lucide.CHEVRON_RIGHT, 14));
        page.setContentDisplay(javafx.scene.control.ContentDisplay.RIGHT);
        page.setOnAction(event -> on(row -> open.accept(row.id())));
        pause.setOnAction(event -> on(row -> {
            if (BoardModel.canResume(row.task().state())) {
                model.resume(row);
            } else {
                model.pause(row);
            }
        }));
        cancel.setOnAction(event -> on(model::cancel));
        requeue.setOnAction(event -> on(model::requeue));
        priority.setOnShowing(event -> on(row -> priority.getItems().setAll(priorities(model, row))));
        priority.getItems().add(new MenuItem());
        HBox buttons = new HBox(8, pause, priority, requeue, cancel, page);
        buttons.setAlignment(Pos.CENTER_RIGHT);
        buttons.setMinWidth(USE_PREF_SIZE);
        draft.getStyleClass().addAll("over-picture", "draft-mark");
        draft.setId("dock-draft");
        show(draft, false);
        StackPane shownPicture = new StackPane(picture, new HBox(draft));
        shownPicture.setMinWidth(USE_PREF_SIZE);
        getChildren().addAll(shownPicture, words, said, buttons);
        model.selectedProperty().subscribe(this::follow);
    }

    /** The priorities to choose from, the present one marked. */
    static List<MenuItem> priorities(BoardModel model, TaskRow row) {
        List<MenuItem> items = new ArrayList<>();
        for (int value : PRIORITIES) {
            MenuItem item = new MenuItem(
                    Texts.get("board.priority." + value, value),
                    row.task().priority() == value ? Icons.of(Lucide.CHECK, 14) : blank());
            item.setDisable(row.task().state().isEnd());
            item.setOnAction(event -> model.prioritise(row, value));
            items.add(item);
        }
        return items;
    }

    private static Region blank() {
        Region region = new Region();
        region.setMinWidth(14);
        return region;
    }

    private void on(Consumer<TaskRow> act) {
        TaskRow row = model.selectedProperty().get();
        if (row != null) {
            act.accept(row);
        }
    }

    private void follow(@Nullable TaskRow row) {
        following.unsubscribe();
        following = Subscription.EMPTY;
        setVisible(row != null);
        setManaged(row != null);
        shown = null;
        picture.setImage(null);
        show(draft, false);
        if (row != null) {
            following = row.taskProperty()
                    .subscribe(task -> draw(task, row.progressProperty().get()))
                    .and(row.progressProperty().subscribe(progress -> draw(row.task(), progress)));
        }
    }

    private void draw(TaskView task, @Nullable FrameProgress progress) {
        name.setText(task.name());
        String text = TaskTexts.now(progress);
        now.setText(text.isEmpty() ? TaskTexts.frames(task.outputs()) + " " + Texts.get("board.frames") : text);
        bar.set(
                progress == null
                        ? TaskTexts.segments(task)
                        : List.of(new SegmentBar.Segment("status-rendering", TaskTexts.share(progress))));
        String reuse = TaskTexts.reuse(task);
        String why = task.why();
        said.setText(!reuse.isEmpty() ? reuse : why == null ? "" : why);
        TaskState state = task.state();
        boolean resume = BoardModel.canResume(state);
        pause.setText(Texts.get(resume ? "board.resume" : "board.pause"));
        pause.setGraphic(Icons.of(resume ? Lucide.PLAY : Lucide.PAUSE, 14));
        show(pause, resume || BoardModel.canPause(state));
        show(priority, !state.isEnd());
        show(cancel, BoardModel.canCancel(state));
        show(requeue, BoardModel.canRequeue(state));
        drawPicture(task, progress == null ? null : progress.draft());
    }

    private void drawPicture(TaskView task, @Nullable Sha256 ofFrame) {
        String newest = task.newestResult();
        String key = ofFrame != null ? "draft " + ofFrame : newest == null ? task.modelVersionId() : newest;
        if (!key.equals(shown)) {
            shown = key;
            Consumer<javafx.scene.image.Image> receiver = image -> {
                if (key.equals(shown)) {
                    picture.setImage(image);
                    show(draft, ofFrame != null);
                }
            };
            if (ofFrame != null) {
                pictures.ofDraft(task.id(), ofFrame, receiver);
            } else if (newest == null) {
                pictures.ofVersion(task.modelVersionId(), receiver);
            } else {
                pictures.ofResult(newest, 256, receiver);
            }
        }
    }

    private static void show(javafx.scene.Node node, boolean visible) {
        node.setVisible(visible);
        node.setManaged(visible);
    }
}

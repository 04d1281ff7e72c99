package studio.kiln.desktop.results;

import javafx.application.Platform;
import javafx.css.PseudoClass;
import javafx.geometry.Orientation;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.ListCell;
import javafx.scene.control.ListView;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ResultView;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** The frames side by side; only those in sight exist as nodes. */
final class FrameStrip extends ListView<TaskModel.Frame> {
    private static final PseudoClass SELECTED = PseudoClass.getPseudoClass("selected");
    private static final double WIDTH = 112;
    private static final double GAP = 7;

    private final TaskModel model;
    private final Pictures pictures;

    FrameStrip(TaskModel model, Pictures pictures) {
        super(model.frames());
        this.model = model;
        this.pictures = pictures;
        getStyleClass().add("strip");
        setId("strip");
        setOrientation(Orientation.HORIZONTAL);
        setFixedCellSize(WIDTH + GAP);
        setMinHeight(102);
        setPrefHeight(102);
        setMaxHeight(102);
        setAccessibleText(Texts.get("task.frames"));
        setCellFactory(view -> new FrameCell());
        setOnKeyPressed(event -> {
            switch (event.getCode()) {
                case LEFT -> model.step(-1);
                case RIGHT -> model.step(1);
                default -> {
                    return;
                }
            }
            event.consume();
        });
        model.selectedProperty().subscribe(frame -> {
            bringIntoSight();
            refreshSelection();
        });
        widthProperty().subscribe(width -> Platform.runLater(this::bringIntoSight));
    }

    private void bringIntoSight() {
        TaskModel.Frame frame = model.selectedProperty().get();
        int place = frame == null ? -1 : model.frames().indexOf(frame);
        if (place >= 0 && getWidth() > 0) {
            int inSight = (int) (getWidth() / (WIDTH + GAP));
            scrollTo(Math.max(0, place - inSight / 2));
        }
    }

    private void refreshSelection() {
        for (Node node : lookupAll(".frame-cell")) {
            node.pseudoClassStateChanged(SELECTED, isChosen(node.getUserData()));
        }
    }

    private boolean isChosen(@Nullable Object number) {
        TaskModel.Frame now = model.selectedProperty().get();
        return now != null && Integer.valueOf(now.number()).equals(number);
    }

    private final class FrameCell extends ListCell<TaskModel.Frame> {
        private final Picture picture = new Picture(Picture.Fit.COVER, 6, 0);
        private final Region hole = new Region();
        private final Label number = new Label();
        private final StackPane mark = new StackPane();
        private final VBox box;
        private @Nullable String shown;

        FrameCell() {
            StackPane top = new StackPane(hole, picture);
            hole.getStyleClass().add("frame-hole");
            top.setMinSize(WIDTH - 2, 60);
            top.setPrefSize(WIDTH - 2, 60);
            top.setMaxSize(WIDTH - 2, 60);
            Region space = new Region();
            HBox.setHgrow(space, Priority.ALWAYS);
            HBox foot = new HBox(number, space, mark);
            foot.getStyleClass().add("frame-foot");
            foot.setAlignment(Pos.CENTER_LEFT);
            box = new VBox(top, foot);
            box.getStyleClass().add("frame-cell");
            box.setPadding(new javafx.geometry.Insets(1));
            box.setMinWidth(WIDTH);
            box.setPrefWidth(WIDTH);
            box.setMaxWidth(WIDTH);
            box.setMaxHeight(USE_PREF_SIZE);
            setAlignment(Pos.TOP_LEFT);
            box.setOnMouseClicked(event -> {
                TaskModel.Frame frame = getItem();
                if (frame != null) {
                    model.pick(frame);
                    FrameStrip.this.requestFocus();
                }
            });
        }

        @Override
        protected void updateItem(TaskModel.@Nullable Frame frame, boolean empty) {
            super.updateItem(frame, empty);
            if (frame == null || empty) {
                setGraphic(null);
                shown = null;
                return;
            }
            setGraphic(box);
            box.setUserData(frame.number());
            box.pseudoClassStateChanged(SELECTED, isChosen(frame.number()));
            number.setText(Integer.toString(frame.number()));
            ResultView result = frame.result();
            mark.getChildren().clear();
            if (frame.rendering()) {
                mark.getChildren().add(Icons.of(Lucide.FLAME, 13, "icon-accent"));
            } else if (result != null) {
                mark.getChildren()
                        .add(
                                result.reused()
                                        ? Icons.of(Lucide.RECYCLE, 13, "status-reused", "status-icon")
                                        : Icons.of(Lucide.CIRCLE_CHECK, 13, "status-done", "status-icon"));
            }
            picture.setVisible(result != null);
            if (result == null) {
                shown = null;
                picture.setImage(null);
                return;
            }
            String id = result.id();
            if (!id.equals(shown)) {
                shown = id;
                picture.setImage(null);
                pictures.ofResult(id, 256, image -> {
                    if (id.equals(shown)) {
                        picture.setImage(image);
                    }
                });
            }
        }
    }
}

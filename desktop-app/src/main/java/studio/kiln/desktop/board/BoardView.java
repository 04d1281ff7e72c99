package studio.kiln.desktop.board;

import java.time.Clock;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.collections.ListChangeListener;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ContextMenu;
import javafx.scene.control.Label;
import javafx.scene.control.MenuItem;
import javafx.scene.control.SeparatorMenuItem;
import javafx.scene.control.TableColumn;
import javafx.scene.control.TableRow;
import javafx.scene.control.TableView;
import javafx.scene.control.ToggleButton;
import javafx.scene.control.ToggleGroup;
import javafx.scene.control.Tooltip;
import javafx.scene.input.KeyCode;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.scene.shape.Rectangle;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.board.BoardModel.Group;
import studio.kiln.desktop.controls.Drawing;
import studio.kiln.desktop.controls.EmptyState;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.controls.SearchBox;
import studio.kiln.desktop.controls.SegmentBar;
import studio.kiln.desktop.controls.StatusLabel;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.ProblemView;
import studio.kiln.desktop.shell.Texts;

/** The board as a table, with the selected task in the dock below. */
public final class BoardView extends VBox {
    private static final double ROW = 52;
    private static final int THUMBNAIL = 128;

    private final BoardModel model;
    private final Pictures pictures;
    private final Clock clock;
    private final Consumer<String> open;
    private final Runnable newRender;
    private final TableView<TaskRow> table = new TableView<>();
    private final SearchBox search;
    private final StackPane body = new StackPane();

    /**
     * @param open opens the page of a task by its id
     * @param newRender leads to where a render begins
     */
    public BoardView(BoardModel model, Pictures pictures, Clock clock, Consumer<String> open, Runnable newRender) {
        this.model = model;
        this.pictures = pictures;
        this.clock = clock;
        this.open = open;
        this.newRender = newRender;
        getStyleClass().add("page");
        Label title = new Label(Texts.get("room.board"));
        title.getStyleClass().add("title");
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        search = new SearchBox(Texts.get("board.search"), "Ctrl F");
        search.setPrefWidth(300);
        search.setMinWidth(180);
        search.textProperty().bindBidirectional(model.searchProperty());
        Button add = new Button(Texts.get("board.new"), Icons.of(Lucide.PLUS));
        add.getStyleClass().add("primary");
        add.setMinWidth(USE_PREF_SIZE);
        add.setOnAction(event -> newRender.run());
        HBox head = new HBox(title, space, search, add);
        head.getStyleClass().add("page-head");
        makeTable();
        VBox.setVgrow(body, Priority.ALWAYS);
        body.setMinHeight(160);
        model.loadingProperty().subscribe(this::showBody);
        model.countsProperty()
                .subscribe(counts -> showBody(model.loadingProperty().get()));
        Node dock = new BoardDock(model, pictures, open);
        getChildren().addAll(head, chips(), body, dock);
    }

    /** Puts the keyboard into the search. */
    public void search() {
        search.field().requestFocus();
    }

    /** The table, for tests. */
    TableView<TaskRow> table() {
        return table;
    }

    private void showBody(BoardModel.Loading loading) {
        Node now = switch (loading) {
            case BUSY -> skeleton();
            case FAILED ->
                new ProblemView(Objects.requireNonNull(model.problemProperty().get()), model::read);
            case READY -> model.size() == 0 ? empty() : table;
        };
        if (body.getChildren().isEmpty() || now == table && body.getChildren().getFirst() != table || now != table) {
            body.getChildren().setAll(now);
        }
    }

    private static Node skeleton() {
        VBox rows = new VBox(14);
        rows.getStyleClass().add("box");
        for (int i = 0; i < 7; i++) {
            Region picture = new Region();
            picture.getStyleClass().add("skeleton");
            picture.setMinSize(52, 34);
            Region name = new Region();
            name.getStyleClass().add("skeleton");
            name.setMinSize(150 + 30 * (i % 3), 12);
            Region bar = new Region();
            bar.getStyleClass().add("skeleton");
            bar.setMinSize(200, 6);
            bar.setMaxHeight(6);
            name.setMaxHeight(12);
            Region space = new Region();
            space.setMinWidth(120);
            HBox row = new HBox(14, picture, name, space, bar);
            row.setAlignment(Pos.CENTER_LEFT);
            rows.getChildren().add(row);
        }
        rows.setAccessibleText(Texts.get("loading"));
        return rows;
    }

    private Node empty() {
        Button choose = new Button(Texts.get("board.empty.choose"), Icons.of(Lucide.BOXES, 15));
        choose.getStyleClass().add("primary");
        choose.setOnAction(event -> newRender.run());
        return new EmptyState(Drawing.kiln(), Texts.get("board.empty"), Texts.get("board.empty.text"), choose);
    }

    private FlowPane chips() {
        FlowPane chips = new FlowPane(8, 8);
        ToggleGroup one = new ToggleGroup();
        Map<Group, ToggleButton> buttons = new EnumMap<>(Group.class);
        for (Group group : Group.values()) {
            ToggleButton chip = new ToggleButton();
            chip.getStyleClass().setAll("chip");
            chip.setToggleGroup(one);
            Node icon = switch (group) {
                case ALL -> null;
                case RENDERING -> Icons.of(TaskTexts.icon(TaskState.RUNNING), 13, "icon-accent");
                case QUEUED -> Icons.of(TaskTexts.icon(TaskState.QUEUED), 13);
                case WAITING -> Icons.of(TaskTexts.icon(TaskState.WAITING), 13);
                case PAUSED -> Icons.of(TaskTexts.icon(TaskState.PAUSED), 13);
                case FAILED -> Icons.of(TaskTexts.icon(TaskState.FAILED), 13);
                case CANCELLED -> Icons.of(TaskTexts.icon(TaskState.CANCELLED), 13);
                case DONE -> Icons.of(TaskTexts.icon(TaskState.SUCCEEDED), 13);
            };
            chip.setGraphic(icon);
            if (group == Group.FAILED) {
                chip.getStyleClass().add("alarm");
            }
            chip.setId("chip-" + group.name().toLowerCase(Locale.ROOT));
            chip.setMinWidth(USE_PREF_SIZE);
            chip.setOnAction(event -> {
                model.groupProperty().set(group);
                chip.setSelected(true);
            });
            buttons.put(group, chip);
            chips.getChildren().add(chip);
        }
        Runnable count = () -> buttons.forEach((group, chip) -> {
            int number = model.countsProperty().get().getOrDefault(group, 0);
            chip.setText(
                    Texts.get("board.group." + group.name().toLowerCase(Locale.ROOT)) + " " + Formats.number(number));
            // a state that no task is in is not offered, unless it is the one that is being looked at
            boolean shown = number > 0
                    || group == Group.ALL
                    || group == model.groupProperty().get();
            boolean any = model.size() > 0;
            chip.setVisible(shown && any);
            chip.setManaged(shown && any);
        });
        model.countsProperty().subscribe(counts -> count.run());
        model.groupProperty().subscribe(group -> {
            Objects.requireNonNull(buttons.get(group)).setSelected(true);
            count.run();
        });
        return chips;
    }

    private void makeTable() {
        table.setId("board");
        table.setAccessibleText(Texts.get("room.board"));
        table.setFixedCellSize(ROW);
        Rectangle corners = new Rectangle();
        corners.widthProperty().bind(table.widthProperty());
        corners.heightProperty().bind(table.heightProperty());
        corners.setArcWidth(20);
        corners.setArcHeight(20);
        table.setClip(corners);
        table.setItems(model.rows());
        Label none = new Label(Texts.get("board.none"));
        none.getStyleClass().add("muted");
        table.setPlaceholder(none);
        table.setColumnResizePolicy(TableView.CONSTRAINED_RESIZE_POLICY_FLEX_LAST_COLUMN);
        // the model orders, so that a row that changes is moved by itself and nothing else is
        table.setSortPolicy(view -> {
            model.orderBy(view.getComparator());
            return true;
        });

        TableColumn<TaskRow, TaskRow> picture = column("picture", 73, 73, ThumbnailCell::new, null);
        picture.setSortable(false);
        TableColumn<TaskRow, TaskRow> name = column(
                "task",
                180,
                320,
                NameCell::new,
                Comparator.comparing(t -> t.name().toLowerCase(Locale.ROOT)));
        TableColumn<TaskRow, TaskRow> status =
                column("status", 112, 122, StatusCell::new, Comparator.comparing(TaskView::state));
        TableColumn<TaskRow, TaskRow> progress = column(
                "progress",
                120,
                260,
                ProgressCell::new,
                Comparator.comparingDouble(t -> t.outputs().total() == 0
                        ? 0
                        : t.outputs().done() / (double) t.outputs().total()));
        TableColumn<TaskRow, TaskRow> frames = column(
                "frames",
                86,
                90,
                () -> text((cell, t) -> cell.setText(TaskTexts.frames(t.outputs())), "right"),
                Comparator.comparingInt(t -> t.outputs().total()));
        TableColumn<TaskRow, TaskRow> spent = column(
                "spent",
                66,
                72,
                () -> text((cell, t) -> cell.setText(TaskTexts.spent(t)), "right", "muted"),
                Comparator.comparingDouble(TaskView::spentSeconds));
        TableColumn<TaskRow, TaskRow> left = column("left", 170, 300, LeftCell::new, null);
        left.setSortable(false);
        TableColumn<TaskRow, TaskRow> priority = column(
                "priority",
                48,
                54,
                () -> text((cell, t) -> cell.setText(Integer.toString(t.priority())), "right", "muted"),
                Comparator.comparingInt(TaskView::priority));
        TableColumn<TaskRow, TaskRow> owner =
                column("owner", 88, 130, OwnerCell::new, Comparator.comparing(TaskView::owner));
        for (TableColumn<TaskRow, ?> right : java.util.List.of(frames, spent, priority)) {
            right.getStyleClass().add("right");
        }
        table.getColumns()
                .addAll(java.util.List.of(picture, name, status, progress, frames, spent, left, priority, owner));
        table.setRowFactory(view -> {
            TableRow<TaskRow> row = new TableRow<>();
            row.setOnMouseClicked(event -> {
                if (event.getClickCount() == 2 && row.getItem() != null) {
                    open.accept(row.getItem().id());
                }
            });
            row.itemProperty().subscribe(item -> row.setContextMenu(item == null ? null : menu(item)));
            return row;
        });
        table.setOnKeyPressed(event -> {
            TaskRow row = table.getSelectionModel().getSelectedItem();
            if (event.getCode() == KeyCode.ENTER && row != null) {
                open.accept(row.id());
                event.consume();
            }
        });
        keepSelection();
    }

    /** The table forgets its selection when rows move; the model remembers it by the row itself. */
    private void keepSelection() {
        table.getSelectionModel().selectedItemProperty().subscribe(row -> {
            if (row != null && !model.isMoving()) {
                model.selectedProperty().set(row);
            }
        });
        model.selectedProperty().subscribe(this::select);
        model.rows().addListener((ListChangeListener<TaskRow>) change -> javafx.application.Platform.runLater(
                () -> select(model.selectedProperty().get())));
    }

    private void select(@Nullable TaskRow row) {
        if (row == null) {
            table.getSelectionModel().clearSelection();
        } else if (table.getSelectionModel().getSelectedItem() != row
                || table.getSelectionModel().getSelectedIndex() != model.rows().indexOf(row)) {
            int index = model.rows().indexOf(row);
            if (index >= 0) {
                table.getSelectionModel().clearAndSelect(index);
            } else {
                table.getSelectionModel().clearSelection();
            }
        }
    }

    private TableColumn<TaskRow, TaskRow> column(
            String key, double min, double pref, Supplier<LiveCell> cell, @Nullable Comparator<TaskView> order) {
        TableColumn<TaskRow, TaskRow> column =
                new TableColumn<>(key.equals("picture") ? "" : Texts.get("board.column." + key));
        column.setId("column-" + key);
        column.setMinWidth(min);
        column.setPrefWidth(pref);
        if (key.equals("picture")
                || key.equals("status")
                || key.equals("frames")
                || key.equals("spent")
                || key.equals("priority")) {
            column.setMaxWidth(pref);
        }
        column.setReorderable(false);
        column.setCellValueFactory(row -> new ReadOnlyObjectWrapper<>(row.getValue()));
        column.setCellFactory(view -> cell.get());
        if (order != null) {
            column.setComparator((a, b) -> order.compare(a.task(), b.task()));
        }
        return column;
    }

    private static LiveCell text(BiConsumer<LiveCell, TaskView> draw, String... styles) {
        LiveCell cell = new LiveCell() {
            @Override
            void draw(TaskView task) {
                draw.accept(this, task);
            }
        };
        cell.getStyleClass().addAll(styles);
        return cell;
    }

    /** What can be done with a task, as items of a menu. */
    private java.util.List<MenuItem> actions(TaskRow row) {
        TaskState state = row.task().state();
        MenuItem page = item("board.open", Lucide.ARROW_RIGHT, () -> open.accept(row.id()));
        MenuItem pause = BoardModel.canResume(state)
                ? item("board.resume", Lucide.PLAY, () -> model.resume(row))
                : item("board.pause", Lucide.PAUSE, () -> model.pause(row));
        pause.setDisable(!BoardModel.canPause(state) && !BoardModel.canResume(state));
        MenuItem requeue = item("board.requeue", Lucide.ROTATE_CW, () -> model.requeue(row));
        requeue.setDisable(!BoardModel.canRequeue(state));
        MenuItem cancel = item("board.cancel", Lucide.X, () -> model.cancel(row));
        cancel.setDisable(!BoardModel.canCancel(state));
        return java.util.List.of(page, new SeparatorMenuItem(), pause, requeue, cancel);
    }

    private ContextMenu menu(TaskRow row) {
        ContextMenu menu = new ContextMenu();
        menu.setOnShowing(event -> {
            menu.getItems().setAll(actions(row));
            menu.getItems().add(new SeparatorMenuItem());
            menu.getItems().addAll(BoardDock.priorities(model, row));
        });
        // a menu without items is never shown, so it needs one before it is filled
        menu.getItems().setAll(actions(row));
        return menu;
    }

    private static MenuItem item(String key, Lucide icon, Runnable run) {
        MenuItem item = new MenuItem(Texts.get(key), Icons.of(icon, 14));
        item.setOnAction(event -> run.run());
        return item;
    }

    private final class ThumbnailCell extends LiveCell {
        private final Picture picture = new Picture(Picture.Fit.COVER, 5);
        private @Nullable String shown;

        ThumbnailCell() {
            picture.setMinSize(52, 34);
            picture.setMaxSize(52, 34);
            picture.setPrefSize(52, 34);
            picture.setPlaceholder(Icons.of(Lucide.IMAGE, 14, "icon-faint"));
            setAlignment(Pos.CENTER_LEFT);
            getStyleClass().add("thumbnail");
        }

        @Override
        Node graphic() {
            return picture;
        }

        @Override
        void draw(TaskView task) {
            String newest = task.newestResult();
            String key = newest == null ? task.modelVersionId() : newest;
            if (key.equals(shown) && picture.imageProperty().get() != null) {
                return;
            }
            if (shown == null || !Objects.equals(task.id(), owner)) {
                picture.setImage(null);
            }
            shown = key;
            owner = task.id();
            Consumer<javafx.scene.image.Image> receiver = image -> {
                if (key.equals(shown)) {
                    picture.setImage(image);
                }
            };
            if (newest == null) {
                pictures.ofVersion(task.modelVersionId(), receiver);
            } else {
                pictures.ofResult(newest, THUMBNAIL, receiver);
            }
        }

        private @Nullable String owner;
    }

    private static final class NameCell extends LiveCell {
        private final Label name = new Label();
        private final Label model = new Label();
        private final VBox box = new VBox(2, name, model);

        NameCell() {
            name.getStyleClass().add("task-name");
            model.getStyleClass().add("secondary");
            box.setAlignment(Pos.CENTER_LEFT);
        }

        @Override
        Node graphic() {
            return box;
        }

        @Override
        void draw(TaskView task) {
            name.setText(task.name());
            model.setText(
                    task.name().equals(task.modelName())
                            ? Texts.get("board.version", task.modelVersion(), Long.toString(task.number()))
                            : Texts.get("board.model", task.modelName(), Long.toString(task.number())));
        }
    }

    private static final class StatusCell extends LiveCell {
        private final StatusLabel status = new StatusLabel();

        @Override
        Node graphic() {
            return status;
        }

        @Override
        void draw(TaskView task) {
            status.set(task.state(), TaskTexts.icon(task.state()));
        }
    }

    private static final class ProgressCell extends LiveCell {
        private final SegmentBar bar = new SegmentBar();

        @Override
        Node graphic() {
            return bar;
        }

        @Override
        void draw(TaskView task) {
            bar.prefWidthProperty().bind(widthProperty().subtract(16));
            bar.set(TaskTexts.segments(task));
            bar.setAccessibleText(TaskTexts.frames(task.outputs()));
        }
    }

    private final class LeftCell extends LiveCell {
        private final Tooltip tip = new Tooltip();

        LeftCell() {
            setWrapText(true);
            tip.setWrapText(true);
            tip.setMaxWidth(420);
        }

        @Override
        void draw(TaskView task) {
            String text = TaskTexts.left(task, clock.instant(), ZoneId.systemDefault());
            setText(text);
            tip.setText(text);
            setTooltip(text.length() > 30 ? tip : null);
            getStyleClass().removeAll("muted", "bad-cell");
            getStyleClass().add(task.state() == TaskState.FAILED ? "bad-cell" : "muted");
        }
    }

    private static final class OwnerCell extends LiveCell {
        private final Label disc = new Label();
        private final Label name = new Label();
        private final HBox box = new HBox(8, disc, name);

        OwnerCell() {
            disc.getStyleClass().add("avatar");
            name.getStyleClass().add("muted");
            box.setAlignment(Pos.CENTER_LEFT);
        }

        @Override
        Node graphic() {
            return box;
        }

        @Override
        void draw(TaskView task) {
            disc.setText(TaskTexts.initial(task.owner()));
            name.setText(task.owner());
        }
    }
}

package studio.kiln.desktop.results;

import java.io.File;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javafx.beans.binding.Bindings;
import javafx.collections.ListChangeListener;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.ToggleButton;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.stage.DirectoryChooser;
import javafx.stage.FileChooser;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.board.BoardModel;
import studio.kiln.desktop.board.TaskTexts;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.controls.PropertyList;
import studio.kiln.desktop.controls.SecondsChart;
import studio.kiln.desktop.controls.SegmentBar;
import studio.kiln.desktop.controls.StatusLabel;
import studio.kiln.desktop.library.ModelTexts;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Overlay;
import studio.kiln.desktop.shell.Problem;
import studio.kiln.desktop.shell.ProblemView;
import studio.kiln.desktop.shell.Texts;

/** The page of one task: the newest picture large, the frames as a strip, seconds per frame, and the log beside it. */
public final class TaskPage extends VBox {
    private final TaskModel model;
    private final Clock clock;
    private final Overlay overlay;
    private final Consumer<Path> onSaved;
    private final Label name = new Label();
    private final StatusLabel status = new StatusLabel();
    private final Label origin = new Label();
    private final Button pause = new Button();
    private final Button cancel = new Button(Texts.get("board.cancel"), Icons.of(Lucide.X, 14));
    private final Button requeue = new Button(Texts.get("board.requeue"), Icons.of(Lucide.ROTATE_CW, 14));
    private final MenuButton save = new MenuButton(Texts.get("task.save"), Icons.of(Lucide.DOWNLOAD, 14));
    private final Button share = new Button(Texts.get("share"), Icons.of(Lucide.USERS, 14));
    private final Label percent = new Label();
    private final Label count = new Label();
    private final SegmentBar bar = new SegmentBar();
    private final Label left = new Label();
    private final PropertyList facts = new PropertyList();
    private final HBox now = new HBox();
    private final Label nowFrame = new Label();
    private final Label nowText = new Label();
    private final Label chartText = new Label();
    private final HBox chartCounts = new HBox(12);
    private final SecondsChart chart = new SecondsChart();
    private final StackPane content = new StackPane();
    private final HBox columns;

    /**
     * @param back leads to where the page was opened from
     * @param onSaved told of the file or folder that pictures were saved to
     */
    public TaskPage(
            TaskModel model, Pictures pictures, Clock clock, Overlay overlay, Runnable back, Consumer<Path> onSaved) {
        this.model = model;
        this.clock = clock;
        this.overlay = overlay;
        this.onSaved = onSaved;
        getStyleClass().add("page");
        setId("task");
        columns = new HBox(14, pictureColumn(pictures), sideColumn());
        VBox.setVgrow(content, Priority.ALWAYS);
        getChildren().addAll(head(back), content);
        model.taskProperty().subscribe(task -> {
            if (task != null) {
                draw(task);
            }
            showContent();
        });
        model.problemProperty().subscribe(problem -> showContent());
        model.progressProperty().subscribe(progress -> drawNow());
        model.shownProperty().subscribe(shown -> drawNow());
        model.draftProperty().subscribe(draft -> drawNow());
        model.frames().addListener((ListChangeListener<TaskModel.Frame>) change -> drawChart());
        drawChart();
    }

    private void showContent() {
        Problem problem = model.problemProperty().get();
        Node wanted;
        if (problem != null) {
            wanted = new ProblemView(problem, model::read);
        } else if (model.taskProperty().get() == null) {
            wanted = skeleton();
        } else {
            wanted = columns;
        }
        if (content.getChildren().isEmpty() || content.getChildren().getFirst() != wanted) {
            content.getChildren().setAll(wanted);
        }
    }

    private static Node skeleton() {
        Region picture = new Region();
        picture.getStyleClass().add("skeleton");
        HBox.setHgrow(picture, Priority.ALWAYS);
        Region side = new Region();
        side.getStyleClass().add("skeleton");
        side.setMinWidth(330);
        HBox box = new HBox(14, picture, side);
        box.setAccessibleText(Texts.get("loading"));
        return box;
    }

    // ---- the head

    private Node head(Runnable back) {
        Button leave = new Button("", Icons.of(Lucide.CHEVRON_LEFT, 18));
        leave.getStyleClass().addAll("plain", "square");
        leave.setMinWidth(26);
        leave.setPrefWidth(26);
        leave.setAccessibleText(Texts.get("action.back"));
        leave.setOnAction(event -> back.run());
        name.getStyleClass().add("title");
        name.setMinWidth(80);
        status.setMinWidth(USE_PREF_SIZE);
        origin.getStyleClass().add("secondary");
        origin.setMinWidth(0);
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        pause.setOnAction(event -> {
            TaskView task = model.taskProperty().get();
            if (task != null && BoardModel.canResume(task.state())) {
                model.resume();
            } else {
                model.pause();
            }
        });
        cancel.setOnAction(event -> model.cancel());
        requeue.setOnAction(event -> model.requeue());
        MenuItem one = new MenuItem(Texts.get("task.save.one"), Icons.of(Lucide.IMAGE, 14));
        one.setOnAction(event -> saveShown());
        MenuItem all = new MenuItem(Texts.get("task.save.all"), Icons.of(Lucide.IMAGES, 14));
        all.setOnAction(event -> saveAll());
        save.getItems().addAll(one, all);
        save.disableProperty()
                .bind(model.busyProperty().or(model.imageProperty().isNull()));
        for (Region button : List.of(pause, cancel, requeue, save)) {
            button.setMinWidth(USE_PREF_SIZE);
        }
        share.setMinWidth(USE_PREF_SIZE);
        share.setVisible(false);
        share.managedProperty().bind(share.visibleProperty());
        HBox head = new HBox(leave, name, status, origin, space, pause, requeue, cancel, share, save);
        head.getStyleClass().add("page-head");
        return head;
    }

    /** Has the page offer to share its task. */
    public void setOnShare(Consumer<TaskView> onShare) {
        share.setVisible(true);
        share.setOnAction(event -> {
            TaskView task = model.taskProperty().get();
            if (task != null) {
                onShare.accept(task);
            }
        });
    }

    private void saveShown() {
        ResultView result = model.shownProperty().get();
        if (result == null) {
            return;
        }
        FileChooser chooser = new FileChooser();
        chooser.setTitle(Texts.get("task.save.one"));
        chooser.setInitialFileName(model.fileName(result));
        File target = chooser.showSaveDialog(getScene().getWindow());
        if (target != null) {
            model.save(result, target.toPath(), onSaved);
        }
    }

    private void saveAll() {
        DirectoryChooser chooser = new DirectoryChooser();
        chooser.setTitle(Texts.get("task.save.all"));
        File folder = chooser.showDialog(getScene().getWindow());
        if (folder != null) {
            model.saveAll(folder.toPath(), onSaved);
        }
    }

    // ---- the pictures

    private Node pictureColumn(Pictures pictures) {
        Picture picture = new Picture(Picture.Fit.CONTAIN, 9);
        picture.getStyleClass().setAll("surround-picture");
        Label none = new Label(Texts.get("task.picture.none"));
        none.getStyleClass().add("on-surround");
        picture.setPlaceholder(none);
        picture.imageProperty()
                .bind(Bindings.createObjectBinding(
                        () -> showsDraft()
                                ? model.draftProperty().get()
                                : model.imageProperty().get(),
                        model.draftProperty(),
                        model.imageProperty(),
                        model.followProperty()));
        Label draft = new Label(Texts.get("task.draft"));
        draft.setId("task-draft");
        draft.getStyleClass().addAll("over-picture", "draft-mark");
        draft.visibleProperty()
                .bind(Bindings.createBooleanBinding(this::showsDraft, model.draftProperty(), model.followProperty()));
        picture.setOnMouseClicked(event -> {
            if (event.getClickCount() == 2) {
                enlarge();
            }
        });
        nowFrame.getStyleClass().add("now-frame");
        now.getChildren().addAll(nowFrame, nowText);
        now.getStyleClass().add("over-picture");
        now.setMaxHeight(USE_PREF_SIZE);
        nowFrame.setMinWidth(USE_PREF_SIZE);
        nowText.setMinWidth(0);
        ToggleButton follow = new ToggleButton(Texts.get("task.follow"), Icons.of(Lucide.EYE, 14));
        follow.selectedProperty().bindBidirectional(model.followProperty());
        Button large = new Button("", Icons.of(Lucide.MAXIMIZE_2, 15));
        large.getStyleClass().add("square");
        large.setId("enlarge");
        large.setAccessibleText(Texts.get("task.enlarge"));
        large.disableProperty().bind(model.imageProperty().isNull());
        large.setOnAction(event -> enlarge());
        HBox buttons = new HBox(8, follow, large);
        buttons.setMinWidth(USE_PREF_SIZE);
        buttons.setMaxHeight(USE_PREF_SIZE);
        // one line over the foot of the picture; the words give way to the buttons
        HBox left = new HBox(now);
        HBox.setHgrow(left, Priority.ALWAYS);
        left.setMinWidth(0);
        left.setAlignment(Pos.BOTTOM_LEFT);
        HBox over = new HBox(12, left, buttons);
        over.setMaxHeight(USE_PREF_SIZE);
        over.setAlignment(Pos.BOTTOM_LEFT);
        over.setPickOnBounds(false);
        left.setPickOnBounds(false);
        StackPane frame = new StackPane(picture, draft, over);
        StackPane.setAlignment(draft, Pos.TOP_LEFT);
        StackPane.setMargin(draft, new Insets(14));
        frame.getStyleClass().add("surround");
        frame.setPadding(new Insets(1));
        StackPane.setAlignment(over, Pos.BOTTOM_LEFT);
        StackPane.setMargin(over, new Insets(14));
        frame.setMinHeight(180);
        frame.setMinWidth(0);
        VBox.setVgrow(frame, Priority.ALWAYS);
        FrameStrip strip = new FrameStrip(model, pictures);
        Label title = new Label(Texts.get("task.chart"));
        title.getStyleClass().add("box-title");
        title.setMinWidth(USE_PREF_SIZE);
        chartText.getStyleClass().add("secondary");
        chartText.setMinWidth(0);
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        chartCounts.setMinWidth(USE_PREF_SIZE);
        HBox chartHead = new HBox(9, title, chartText, space, chartCounts);
        chartHead.setAlignment(Pos.CENTER_LEFT);
        VBox.setVgrow(chart, Priority.ALWAYS);
        VBox box = new VBox(chartHead, chart);
        box.getStyleClass().add("box");
        box.setMinHeight(120);
        box.setPrefHeight(190);
        box.setMaxHeight(230);
        VBox column = new VBox(12, frame, strip, box);
        model.frames().addListener((ListChangeListener<TaskModel.Frame>) change -> {
            boolean several = model.frames().size() > 1;
            for (Node node : List.of(strip, box)) {
                node.setVisible(several);
                node.setManaged(several);
            }
        });
        HBox.setHgrow(column, Priority.ALWAYS);
        column.setMinWidth(0);
        return column;
    }

    private void enlarge() {
        ViewerDialog dialog = new ViewerDialog(model, this::saveShown, overlay::close);
        overlay.show(dialog, dialog.firstFocus(), () -> {});
    }

    // ---- the side

    private Node sideColumn() {
        percent.getStyleClass().add("figure");
        count.getStyleClass().add("muted");
        HBox figures = new HBox(9, percent, count);
        figures.setAlignment(Pos.BASELINE_LEFT);
        left.getStyleClass().add("secondary");
        left.setWrapText(true);
        left.setMinHeight(USE_PREF_SIZE);
        VBox progress = new VBox(9, figures, bar, left);
        progress.getStyleClass().add("box");
        progress.setMinHeight(USE_PREF_SIZE);
        VBox settings = new VBox(facts);
        settings.getStyleClass().add("box");
        settings.setMinHeight(USE_PREF_SIZE);
        TaskTabs tabs = new TaskTabs(model);
        VBox.setVgrow(tabs, Priority.ALWAYS);
        VBox tabBox = new VBox(tabs);
        tabBox.getStyleClass().addAll("box", "tab-box");
        VBox.setVgrow(tabBox, Priority.ALWAYS);
        tabBox.setMinHeight(120);
        VBox side = new VBox(12, progress, settings, tabBox);
        side.setMinWidth(330);
        side.setPrefWidth(330);
        side.setMaxWidth(330);
        return side;
    }

    // ---- drawing

    private void draw(TaskView task) {
        TaskState state = task.state();
        name.setText(task.name());
        status.set(state, TaskTexts.icon(state));
        origin.setText(
                Texts.get("task.origin", Long.toString(task.number()), task.owner(), Formats.time(task.createdAt())));
        boolean resume = BoardModel.canResume(state);
        pause.setText(Texts.get(resume ? "board.resume" : "board.pause"));
        pause.setGraphic(Icons.of(resume ? Lucide.PLAY : Lucide.PAUSE, 14));
        show(pause, resume || BoardModel.canPause(state));
        show(cancel, BoardModel.canCancel(state));
        show(requeue, BoardModel.canRequeue(state));
        int total = task.outputs().total();
        percent.setText(
                total == 0
                        ? Texts.get("none")
                        : (int) Math.floor(100.0 * task.outputs().done() / total) + "%");
        count.setText(
                total == 0
                        ? Texts.get("task.planning")
                        : Texts.get("task.count", Formats.number(task.outputs().done()), Formats.number(total), total));
        bar.set(TaskTexts.segments(task));
        String text = TaskTexts.left(task, clock.instant(), java.time.ZoneId.systemDefault());
        if (state.isRunnable() && task.left() != null) {
            String ready = Formats.time(
                    clock.instant().plus(Duration.ofMillis((long) (task.left().seconds() * 1000))));
            text = Texts.get("task.left", text, ready);
        }
        left.setText(text);
        left.getStyleClass().remove("bad");
        if (state == TaskState.FAILED) {
            left.getStyleClass().add("bad");
        }
        facts.set(facts(task));
        drawNow();
        drawCounts(task);
    }

    private static List<Map.Entry<String, String>> facts(TaskView task) {
        RenderSettings settings = task.settings();
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("model", Texts.get("task.fact.version", task.modelName(), task.modelVersion()));
        List<String> engine = new ArrayList<>();
        if (settings.engine() != null) {
            engine.add(ModelTexts.engineName(settings.engine().name()));
        }
        if (settings.samples() != null) {
            engine.add(Texts.get("library.samples", Formats.number(settings.samples())));
        }
        if (settings.denoise() != null) {
            engine.add(Texts.get(
                    "submit.denoise",
                    Texts.get("submit.denoise." + settings.denoise().word())));
        }
        pairs.put("engine", engine.isEmpty() ? Texts.get("task.fact.file") : String.join(" \u00b7 ", engine));
        List<String> picture = new ArrayList<>();
        if (settings.width() != null && settings.height() != null) {
            picture.add(settings.width() + " \u00d7 " + settings.height());
        }
        if (settings.percent() != null) {
            picture.add(settings.percent() + " %");
        }
        if (settings.format() != null) {
            picture.add(Texts.get("submit.format." + settings.format().word()));
        }
        pairs.put("picture", picture.isEmpty() ? Texts.get("task.fact.file") : String.join(" \u00b7 ", picture));
        if (settings.camera() != null) {
            pairs.put("camera", settings.camera());
        }
        pairs.put(
                "frames",
                task.frames().isEmpty() ? Texts.get("none") : task.frames().replace("-", "\u2013"));
        if (task.engine() != null) {
            pairs.put(
                    "blender",
                    Texts.get(
                            "submit.check.engine",
                            task.engine().version(),
                            Formats.briefly(task.engine().containment())));
        }
        pairs.put("chunks", Formats.number(task.chunks().total()));
        pairs.put("priority", Integer.toString(task.priority()));
        if (!task.warnings().isEmpty()) {
            pairs.put(
                    "notes",
                    task.warnings().stream()
                            .map(w -> w.message())
                            .distinct()
                            .reduce((a, b) -> a + "\n" + b)
                            .orElse(""));
        }
        return pairs.entrySet().stream()
                .map(pair -> Map.entry(Texts.get("task.fact." + pair.getKey()), pair.getValue()))
                .toList();
    }

    private boolean showsDraft() {
        return model.followProperty().get() && model.draftProperty().get() != null;
    }

    private void drawNow() {
        FrameProgress progress = model.progressProperty().get();
        ResultView shown = model.shownProperty().get();
        String picture = shown == null || showsDraft() ? "" : Texts.get("task.shown", Integer.toString(shown.frame()));
        if (progress != null) {
            nowFrame.setText(Texts.get("task.renders", Integer.toString(progress.frame())));
            nowText.setText(TaskTexts.done(progress) + (picture.isEmpty() ? "" : "  \u00b7  " + picture));
        } else {
            nowFrame.setText(shown == null ? "" : Texts.get("viewer.frame", Integer.toString(shown.frame())));
            nowText.setText(
                    shown == null
                            ? ""
                            : shown.width() + " \u00d7 " + shown.height() + " \u00b7 "
                                    + (shown.reused()
                                            ? Texts.get("task.reused")
                                            : Texts.get("task.seconds", Formats.seconds(shown.seconds()))));
        }
        nowFrame.getStyleClass().remove("burning");
        if (progress != null) {
            nowFrame.getStyleClass().add("burning");
        }
        show(now, progress != null || shown != null);
    }

    private void drawChart() {
        List<SecondsChart.Bar> bars = new ArrayList<>(model.frames().size());
        for (TaskModel.Frame frame : model.frames()) {
            ResultView result = frame.result();
            bars.add(new SecondsChart.Bar(
                    result == null ? null : Double.valueOf(result.seconds()), result != null && result.reused()));
        }
        chart.set(bars);
        Double median = model.median();
        ResultView slowest = model.slowest();
        chartText.setText(
                median == null || slowest == null
                        ? Texts.get("task.chart.none")
                        : Texts.get(
                                "task.chart.text",
                                Formats.seconds(median),
                                Formats.seconds(slowest.seconds()),
                                Integer.toString(slowest.frame())));
    }

    private void drawCounts(TaskView task) {
        chartCounts.getChildren().clear();
        int reused = task.outputs().reused();
        int rendered = task.outputs().done() - reused;
        int open = Math.max(
                0,
                task.outputs().total() - task.outputs().done() - task.outputs().failed());
        if (reused > 0) {
            chartCounts
                    .getChildren()
                    .add(mark(Texts.get("task.chart.reused", reused), Lucide.RECYCLE, "status-reused"));
        }
        if (rendered > 0) {
            chartCounts
                    .getChildren()
                    .add(mark(Texts.get("task.chart.rendered", rendered), Lucide.CIRCLE_CHECK, "status-done"));
        }
        if (task.outputs().failed() > 0) {
            chartCounts
                    .getChildren()
                    .add(mark(
                            Texts.get("task.chart.failed", task.outputs().failed()),
                            Lucide.TRIANGLE_ALERT,
                            "status-failed"));
        }
        if (open > 0) {
            Label label = new Label(Texts.get("task.chart.open", open));
            label.getStyleClass().add("secondary");
            chartCounts.getChildren().add(label);
        }
    }

    private static Label mark(String text, Lucide icon, String style) {
        Label label = new Label(text, Icons.of(icon, 13));
        label.getStyleClass().addAll("status", style);
        return label;
    }

    private static void show(Node node, boolean visible) {
        node.setVisible(visible);
        node.setManaged(visible);
    }
}

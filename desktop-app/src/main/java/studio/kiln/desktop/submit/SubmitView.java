package studio.kiln.desktop.submit;

import atlantafx.base.controls.ProgressSliderSkin;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import javafx.beans.property.Property;
import javafx.beans.property.StringProperty;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.Slider;
import javafx.scene.control.TextField;
import javafx.scene.control.ToggleButton;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCodeCombination;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.controls.SegmentBar;
import studio.kiln.desktop.library.ModelTexts;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Problem;
import studio.kiln.desktop.shell.Texts;

/** The submit dialog: the form on the left, what will happen on the right. */
public final class SubmitView extends BorderPane {
    private static final KeyCombination SEND = new KeyCodeCombination(KeyCode.ENTER, KeyCombination.SHORTCUT_DOWN);
    private static final int[] PERCENTS = {100, 50, 25};
    private static final int[] PRIORITIES = {100, 80, 50, 20, 0};
    private static final double MOST_SAMPLES = 4096;

    private final SubmitModel model;
    private final Clock clock;
    private final Consumer<TaskView> done;
    private final Runnable close;
    private final List<EngineView> engines;
    private final TextField frames = new TextField();
    private final Button send = new Button("", Icons.of(Lucide.FLAME, 15));
    private final VBox happens = new VBox(8);

    /**
     * @param engines what can be chosen to render with
     * @param done told of the task that was made
     * @param close closes the dialog; the form is kept
     */
    public SubmitView(
            SubmitModel model,
            Pictures pictures,
            List<EngineView> engines,
            Clock clock,
            Consumer<TaskView> done,
            Runnable close) {
        this.model = model;
        this.engines = engines;
        this.clock = clock;
        this.done = done;
        this.close = close;
        getStyleClass().addAll("dialog-card", "on-panel");
        setId("submit");
        setMaxSize(920, USE_PREF_SIZE);
        setPrefWidth(920);
        setTop(head(pictures));
        VBox form = new VBox(18, framesPart(), picturePart(), qualityPart(), wherePart());
        form.getStyleClass().add("dialog-body");
        ScrollPane scroll = new ScrollPane(form);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        setCenter(scroll);
        setRight(side());
        setBottom(foot());
        addEventFilter(KeyEvent.KEY_PRESSED, event -> {
            if (SEND.match(event)) {
                event.consume();
                model.submit(done);
            }
        });
    }

    /** The field that takes the keyboard first. */
    public Node firstFocus() {
        return frames;
    }

    private HBox head(Pictures pictures) {
        Picture picture = new Picture(Picture.Fit.COVER, 6);
        picture.setMinSize(84, 48);
        picture.setPrefSize(84, 48);
        picture.setMaxSize(84, 48);
        picture.setPlaceholder(Icons.of(Lucide.BOX, 20, "icon-faint"));
        if (model.model().thumbnail()) {
            pictures.ofVersion(model.version().id(), picture::setImage);
        }
        Label title = new Label(Texts.get("submit.title", model.model().name()));
        title.getStyleClass().add("subtitle");
        String saved = model.version().savedBy();
        Label origin = new Label(Texts.get("library.version", model.version().version())
                + (saved == null ? "" : " \u00b7 " + Texts.get("submit.saved", saved)));
        origin.getStyleClass().add("secondary");
        VBox words = new VBox(3, title, origin);
        words.setAlignment(Pos.CENTER_LEFT);
        words.setMinWidth(0);
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        HBox head = new HBox(picture, words, space);
        if (model.scenes().size() > 1) {
            head.getChildren()
                    .add(choice(
                            null,
                            model.sceneProperty(),
                            model.scenes().stream()
                                    .map(name -> new Choice<>(name, name))
                                    .toList(),
                            name -> Texts.get("submit.scene", String.valueOf(name))));
        }
        Button reset = new Button(Texts.get("submit.reset"), Icons.of(Lucide.ROTATE_CCW, 13));
        reset.getStyleClass().setAll("chip");
        reset.setMinWidth(USE_PREF_SIZE);
        reset.setOnAction(event -> model.reset());
        head.getChildren().add(reset);
        head.getStyleClass().add("dialog-head");
        return head;
    }

    // ---- the form

    private Node framesPart() {
        frames.setId("submit-frames");
        frames.setAccessibleText(Texts.get("submit.frames"));
        frames.textProperty().bindBidirectional(model.framesProperty());
        frames.setPrefWidth(170);
        frames.setMinWidth(90);
        HBox line = new HBox(
                8,
                frames,
                act("submit.frames.all", model::allFrames),
                act("submit.frames.this", model::thisFrame),
                act("submit.frames.three", model::firstMiddleLast));
        line.setAlignment(Pos.CENTER_LEFT);
        SegmentBar bar = new SegmentBar();
        bar.setAccessibleText(Texts.get("submit.frames"));
        Label reuse = new Label();
        reuse.getStyleClass().add("secondary");
        model.previewProperty().subscribe(preview -> {
            if (preview == null) {
                bar.set(List.of());
                reuse.setText(model.previewingProperty().get() ? Texts.get("submit.counting") : " ");
                return;
            }
            double all = Math.max(1, preview.outputs());
            bar.set(List.of(
                    new SegmentBar.Segment("status-reused", preview.reused() / all),
                    new SegmentBar.Segment("status-rendering", (preview.outputs() - preview.reused()) / all)));
            reuse.setText(
                    preview.reused() == 0
                            ? Texts.get("submit.reuse.none", preview.outputs())
                            : Texts.get("submit.reuse", preview.reused(), preview.outputs()));
        });
        return part("submit.frames", line, mistake(frames, SubmitModel.Field.FRAMES), bar, reuse);
    }

    private Node picturePart() {
        TextField width = field(model.widthProperty(), "submit.width", 78);
        TextField height = field(model.heightProperty(), "submit.height", 78);
        Label times = new Label("\u00d7");
        times.getStyleClass().add("muted");
        ToggleButton lock = new ToggleButton("", Icons.of(Lucide.LINK, 14));
        lock.getStyleClass().setAll("lock");
        lock.setAccessibleText(Texts.get("submit.lock"));
        lock.selectedProperty().bindBidirectional(model.aspectLockedProperty());
        lock.selectedProperty().subscribe(on -> lock.setGraphic(Icons.of(on ? Lucide.LINK : Lucide.UNLINK, 14)));
        HBox line = new HBox(8, width, times, height, lock);
        for (int percent : PERCENTS) {
            ToggleButton chip = new ToggleButton(percent + " %");
            chip.getStyleClass().setAll("chip");
            chip.setMinWidth(USE_PREF_SIZE);
            chip.setOnAction(event -> {
                model.percentProperty().set(percent);
                chip.setSelected(true);
            });
            model.percentProperty().subscribe(now -> chip.setSelected(now.intValue() == percent));
            line.getChildren().add(chip);
        }
        List<Choice<ImageFormat>> formats = new ArrayList<>();
        formats.add(new Choice<>(null, Texts.get("submit.format.file")));
        for (ImageFormat format : ImageFormat.values()) {
            formats.add(new Choice<>(format, Texts.get("submit.format." + format.word())));
        }
        line.getChildren().add(choice("submit.format", model.formatProperty(), formats, null));
        line.setAlignment(Pos.CENTER_LEFT);
        return part("submit.picture", line, mistake(width, SubmitModel.Field.SIZE));
    }

    private Node qualityPart() {
        TextField samples = field(model.samplesProperty(), "submit.samples", 62);
        samples.getStyleClass().add("small");
        Slider count = new Slider(0, 1, 0);
        twin(
                count,
                model.samplesProperty(),
                text -> Math.log(Math.max(1, text)) / Math.log(MOST_SAMPLES),
                at -> Long.toString(Math.round(Math.pow(MOST_SAMPLES, at))));
        Node first = sliderLine("submit.samples", count, samples);
        TextField noise = field(model.noiseProperty(), "submit.noise", 62);
        noise.getStyleClass().add("small");
        Slider threshold = new Slider(0, 1, 0);
        // from a thousandth to one, evenly by factors
        twin(
                threshold,
                model.noiseProperty(),
                text -> text <= 0.001 ? 0 : Math.clamp(1 + Math.log10(text) / 3, 0, 1),
                at -> SubmitModel.decimal(Math.pow(10, (at - 1) * 3)));
        Node second = sliderLine("submit.noise", threshold, noise);
        MenuButton denoise = choice(
                "submit.denoise",
                model.denoiseProperty(),
                List.of(
                        new Choice<>(Denoise.FILE, Texts.get("submit.denoise.file")),
                        new Choice<>(Denoise.ON, Texts.get("submit.denoise.on")),
                        new Choice<>(Denoise.OFF, Texts.get("submit.denoise.off"))),
                null);
        Node samplesWrong = mistake(samples, SubmitModel.Field.SAMPLES);
        Node noiseWrong = mistake(noise, SubmitModel.Field.NOISE);
        Runnable fit = () -> {
            show(first, model.hasSamples());
            show(second, model.hasNoiseThreshold());
            show(denoise, model.hasNoiseThreshold());
        };
        model.engineProperty().subscribe(now -> fit.run());
        model.sceneProperty().subscribe(now -> fit.run());
        return part("submit.quality", first, samplesWrong, second, noiseWrong, denoise);
    }

    private Node wherePart() {
        List<Choice<RenderEngine>> kinds = new ArrayList<>();
        kinds.add(new Choice<>(null, Texts.get("submit.engine.file", ModelTexts.engineName(fileEngine()))));
        for (RenderEngine engine : RenderEngine.values()) {
            kinds.add(new Choice<>(engine, ModelTexts.engineName(engine.name())));
        }
        Map<String, String> versions = new LinkedHashMap<>();
        for (EngineView engine : engines) {
            if (engine.problem() == null) {
                versions.putIfAbsent(
                        engine.version(),
                        Texts.get("submit.blender.one", engine.version(), Formats.briefly(engine.containment())));
            }
        }
        List<Choice<String>> blenders = new ArrayList<>();
        blenders.add(new Choice<>(null, Texts.get("submit.blender.any")));
        versions.forEach((version, text) -> blenders.add(new Choice<>(version, text)));
        FlowPane line = new FlowPane(8, 8);
        line.getChildren()
                .addAll(
                        choice(null, model.blenderProperty(), blenders, null),
                        choice("submit.engine", model.engineProperty(), kinds, null),
                        cameraChoice());
        List<Choice<String>> ranks = new ArrayList<>();
        for (int rank : PRIORITIES) {
            ranks.add(new Choice<>(Integer.toString(rank), Texts.get("board.priority." + rank, rank)));
        }
        line.getChildren()
                .add(choice(
                        null,
                        model.priorityProperty(),
                        ranks,
                        rank -> Texts.get("submit.priority", String.valueOf(rank))));
        return part("submit.where", line);
    }

    private Node cameraChoice() {
        HBox holder = new HBox();
        model.sceneProperty().subscribe(scene -> {
            List<Choice<String>> cameras = new ArrayList<>();
            cameras.add(new Choice<>(null, Texts.get("submit.camera.file")));
            model.cameras().forEach(name -> cameras.add(new Choice<>(name, name)));
            holder.getChildren().setAll(choice("submit.camera", model.cameraProperty(), cameras, null));
        });
        return holder;
    }

    private String fileEngine() {
        return model.engineOfFile();
    }

    // ---- what will happen

    private Node side() {
        Label title = new Label(Texts.get("submit.side"));
        title.getStyleClass().add("section-title");
        Button test = new Button(Texts.get("submit.test"), Icons.of(Lucide.ZAP, 14));
        test.setMaxWidth(Double.MAX_VALUE);
        test.setOnAction(event -> model.submitTest(done));
        model.wrongProperty().subscribe(wrong -> test.setDisable(!wrong.isEmpty()));
        ScrollPane scroll = new ScrollPane(happens);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        scroll.setMinHeight(150);
        VBox.setVgrow(scroll, Priority.ALWAYS);
        VBox side = new VBox(title, scroll, test);
        side.getStyleClass().add("dialog-side");
        Runnable say = this::say;
        model.previewProperty().subscribe(now -> say.run());
        model.previewProblemProperty().subscribe(now -> say.run());
        model.previewingProperty().subscribe(now -> say.run());
        model.wrongProperty().subscribe(now -> say.run());
        return side;
    }

    private void say() {
        happens.getChildren().clear();
        Problem problem = model.previewProblemProperty().get();
        TaskPreview preview = model.previewProperty().get();
        if (!model.wrongProperty().get().isEmpty()) {
            happens.getChildren().add(line(false, Texts.get("submit.happens.wrong")));
            return;
        }
        if (problem != null) {
            happens.getChildren().add(line(false, problem.inOneLine()));
            return;
        }
        if (preview == null) {
            for (double width : new double[] {220, 130, 190}) {
                Region bone = new Region();
                bone.getStyleClass().add("skeleton");
                bone.setMinSize(width, 12);
                bone.setMaxSize(width, 12);
                happens.getChildren().add(bone);
            }
            return;
        }
        happens.setOpacity(model.previewingProperty().get() ? 0.55 : 1);
        SubmitModel.sentences(preview).forEach(text -> happens.getChildren().add(sentence(text)));
        Estimate estimate = preview.estimate();
        if (preview.outputs() > preview.reused()) {
            if (estimate == null) {
                happens.getChildren().add(sentence(Texts.get("submit.estimate.none")));
            } else {
                Label time = new Label(estimate(estimate));
                time.getStyleClass().add("figure-small");
                happens.getChildren().add(time);
                String ready =
                        Formats.time(clock.instant().plus(Duration.ofMillis((long) (estimate.seconds() * 1000))));
                happens.getChildren()
                        .add(sentence(Texts.get("submit.estimate.from", estimate.measured()) + " "
                                + Texts.get("submit.estimate.ready", ready)));
            }
        }
        Region rule = new Region();
        rule.getStyleClass().add("rule");
        VBox.setMargin(rule, new Insets(4, 0, 4, 0));
        happens.getChildren().add(rule);
        if (preview.engine() != null) {
            happens.getChildren()
                    .add(line(
                            true,
                            Texts.get(
                                    "submit.check.engine",
                                    preview.engine().version(),
                                    Formats.briefly(preview.engine().containment()))));
        }
        happens.getChildren()
                .add(line(
                        true,
                        Texts.get(
                                "submit.check.size",
                                Integer.toString(preview.width()),
                                Integer.toString(preview.height()))));
        boolean missing = model.model().missingFiles() > 0;
        if (!missing) {
            happens.getChildren().add(line(true, Texts.get("library.check.files")));
        }
        for (RenderWarning warning : preview.warnings()) {
            happens.getChildren().add(line(false, warning.message()));
        }
    }

    private static String estimate(Estimate estimate) {
        String time = Formats.clock(Duration.ofMillis((long) (estimate.seconds() * 1000)));
        String spread = Formats.clock(Duration.ofMillis((long) (estimate.spread() * 1000)));
        return spread.equals("0:00") ? time : time + " \u00b1 " + spread;
    }

    private static Label sentence(String text) {
        Label label = new Label(text);
        label.getStyleClass().add("secondary");
        label.setWrapText(true);
        label.setMinHeight(USE_PREF_SIZE);
        return label;
    }

    private static Node line(boolean fine, String text) {
        Label words = new Label(text);
        words.setWrapText(true);
        words.setMinHeight(USE_PREF_SIZE);
        HBox.setHgrow(words, Priority.ALWAYS);
        words.setMaxWidth(Double.MAX_VALUE);
        HBox line = new HBox(
                fine
                        ? Icons.of(Lucide.CIRCLE_CHECK, 15, "status-done", "status-icon")
                        : Icons.of(Lucide.CIRCLE_ALERT, 15, "status-rendering", "status-icon"),
                words);
        line.getStyleClass().add("check");
        return line;
    }

    // ---- the foot

    private Node foot() {
        Label hint = new Label(Texts.get("submit.hint"));
        hint.getStyleClass().add("secondary");
        hint.setWrapText(true);
        hint.setMaxWidth(Double.MAX_VALUE);
        hint.setMinWidth(0);
        HBox.setHgrow(hint, Priority.ALWAYS);
        Button cancel = new Button(Texts.get("cancel"));
        cancel.setMinWidth(USE_PREF_SIZE);
        cancel.setOnAction(event -> close.run());
        send.getStyleClass().add("primary");
        send.setId("submit-send");
        send.setMinWidth(USE_PREF_SIZE);
        send.setOnAction(event -> model.submit(done));
        Runnable name = () -> {
            int count = model.frameCount();
            TaskPreview preview = model.previewProperty().get();
            int left = preview == null ? count : Math.max(0, preview.outputs() - preview.reused());
            send.setText(
                    model.wrongProperty().get().isEmpty()
                            ? Texts.get("submit.send", Formats.number(left), left)
                            : Texts.get("submit.send.wrong"));
            send.setDisable(!model.wrongProperty().get().isEmpty()
                    || model.submittingProperty().get());
        };
        model.wrongProperty().subscribe(now -> name.run());
        model.previewProperty().subscribe(now -> name.run());
        model.submittingProperty().subscribe(now -> name.run());
        HBox buttons = new HBox(hint, cancel, send);
        buttons.getStyleClass().add("dialog-foot");
        Label refused = new Label();
        refused.getStyleClass().add("invalid-message");
        refused.setWrapText(true);
        refused.setPadding(new Insets(10, 22, 0, 22));
        refused.setMinHeight(USE_PREF_SIZE);
        model.refusedProperty().subscribe(problem -> {
            refused.setText(problem == null ? "" : problem.inOneLine());
            show(refused, problem != null);
        });
        return new VBox(refused, buttons);
    }

    // ---- small parts

    private record Choice<T>(@Nullable T value, String text) {}

    private static VBox part(String key, Node... nodes) {
        Label title = new Label(Texts.get(key));
        title.getStyleClass().add("section-title");
        VBox part = new VBox(9, title);
        part.getChildren().addAll(nodes);
        return part;
    }

    private static Button act(String key, Runnable run) {
        Button chip = new Button(Texts.get(key));
        chip.getStyleClass().setAll("chip");
        chip.setMinWidth(USE_PREF_SIZE);
        chip.setOnAction(event -> run.run());
        return chip;
    }

    private static TextField field(StringProperty property, String key, double width) {
        TextField field = new TextField();
        field.textProperty().bindBidirectional(property);
        field.getStyleClass().add("number");
        field.setAccessibleText(Texts.get(key));
        field.setId(key.replace('.', '-'));
        field.setPrefWidth(width);
        field.setMinWidth(width);
        field.setMaxWidth(width);
        return field;
    }

    private static Node sliderLine(String key, Slider slider, TextField field) {
        Label label = new Label(Texts.get(key));
        label.getStyleClass().add("secondary");
        label.setMinWidth(110);
        slider.setAccessibleText(Texts.get(key));
        HBox.setHgrow(slider, Priority.ALWAYS);
        HBox line = new HBox(10, label, slider, field);
        line.setAlignment(Pos.CENTER_LEFT);
        return line;
    }

    private static void twin(
            Slider slider, StringProperty text, Function<Double, Double> toSlider, Function<Double, String> toText) {
        slider.setSkin(new ProgressSliderSkin(slider));
        slider.setBlockIncrement(0.02);
        boolean[] fromText = {false};
        text.subscribe(now -> {
            try {
                fromText[0] = true;
                slider.setValue(toSlider.apply(now == null || now.isBlank() ? 0 : Double.parseDouble(now.strip())));
            } catch (NumberFormatException e) {
                // the field says what is wrong; the slider stays where it was
                slider.setValue(slider.getValue());
            } finally {
                fromText[0] = false;
            }
        });
        slider.valueProperty().addListener((at, before, now) -> {
            if (!fromText[0]) {
                text.set(toText.apply(now.doubleValue()));
            }
        });
    }

    private Node mistake(TextField field, SubmitModel.Field which) {
        Label message = new Label();
        message.getStyleClass().add("invalid-message");
        message.setWrapText(true);
        message.setId("wrong-" + which.name().toLowerCase(Locale.ROOT));
        model.wrongProperty().subscribe(wrong -> {
            String text = wrong.get(which);
            message.setText(text == null ? "" : text);
            show(message, text != null);
            field.getStyleClass().remove("invalid");
            if (text != null) {
                field.getStyleClass().add("invalid");
            }
        });
        return message;
    }

    private static <T> MenuButton choice(
            @Nullable String key,
            Property<T> property,
            List<Choice<T>> choices,
            @Nullable Function<@Nullable T, String> shown) {
        MenuButton button = new MenuButton();
        button.getStyleClass().add("chip");
        button.setMinWidth(USE_PREF_SIZE);
        for (Choice<T> each : choices) {
            MenuItem item = new MenuItem(each.text());
            item.setOnAction(event -> property.setValue(each.value()));
            button.getItems().add(item);
        }
        property.subscribe(now -> {
            String text = shown != null
                    ? shown.apply(now)
                    : choices.stream()
                            .filter(each -> Objects.equals(each.value(), now))
                            .map(Choice::text)
                            .findFirst()
                            .orElse(String.valueOf(now));
            button.setText(key == null ? text : Texts.get(key, text));
            for (int i = 0; i < choices.size(); i++) {
                boolean chosen = Objects.equals(choices.get(i).value(), now);
                Region blank = new Region();
                blank.setMinWidth(14);
                button.getItems().get(i).setGraphic(chosen ? Icons.of(Lucide.CHECK, 14) : blank);
            }
        });
        return button;
    }

    private static void show(Node node, boolean visible) {
        node.setVisible(visible);
        node.setManaged(visible);
    }
}

package studio.kiln.desktop.submit;

import static studio.kiln.desktop.submit.FormControls.act;
import static studio.kiln.desktop.submit.FormControls.choice;
import static studio.kiln.desktop.submit.FormControls.field;
import static studio.kiln.desktop.submit.FormControls.part;
import static studio.kiln.desktop.submit.FormControls.show;
import static studio.kiln.desktop.submit.FormControls.sliderLine;
import static studio.kiln.desktop.submit.FormControls.twin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.Slider;
import javafx.scene.control.TextField;
import javafx.scene.control.ToggleButton;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.desktop.controls.SegmentBar;
import studio.kiln.desktop.library.ModelTexts;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** The form: frames, picture, quality, and where it is rendered. */
final class SubmitForm extends VBox {
    private static final int[] PERCENTS = {100, 50, 25};
    private static final int[] PRIORITIES = {100, 80, 50, 20, 0};
    private static final double MOST_SAMPLES = 4096;

    private final SubmitModel model;
    private final List<EngineView> engines;
    private final TextField frames = new TextField();

    /** @param engines what can be chosen to render with */
    SubmitForm(SubmitModel model, List<EngineView> engines) {
        super(18);
        this.model = model;
        this.engines = engines;
        getStyleClass().add("dialog-body");
        getChildren().addAll(framesPart(), picturePart(), qualityPart(), wherePart());
    }

    /** The field that takes the keyboard first. */
    Node firstFocus() {
        return frames;
    }

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
            chip.setMinWidth(Region.USE_PREF_SIZE);
            chip.setOnAction(event -> {
                model.percentProperty().set(percent);
                chip.setSelected(true);
            });
            model.percentProperty().subscribe(now -> chip.setSelected(now.intValue() == percent));
            line.getChildren().add(chip);
        }
        List<FormControls.Choice<ImageFormat>> formats = new ArrayList<>();
        formats.add(new FormControls.Choice<>(null, Texts.get("submit.format.file")));
        for (ImageFormat format : ImageFormat.values()) {
            formats.add(new FormControls.Choice<>(format, Texts.get("submit.format." + format.word())));
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
                        new FormControls.Choice<>(Denoise.FILE, Texts.get("submit.denoise.file")),
                        new FormControls.Choice<>(Denoise.ON, Texts.get("submit.denoise.on")),
                        new FormControls.Choice<>(Denoise.OFF, Texts.get("submit.denoise.off"))),
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
        List<FormControls.Choice<RenderEngine>> kinds = new ArrayList<>();
        kinds.add(new FormControls.Choice<>(
                null, Texts.get("submit.engine.file", ModelTexts.engineName(model.engineOfFile()))));
        for (RenderEngine engine : RenderEngine.values()) {
            kinds.add(new FormControls.Choice<>(engine, ModelTexts.engineName(engine.name())));
        }
        Map<String, String> versions = new LinkedHashMap<>();
        for (EngineView engine : engines) {
            if (engine.problem() == null) {
                versions.putIfAbsent(
                        engine.version(),
                        Texts.get("submit.blender.one", engine.version(), Formats.briefly(engine.containment())));
            }
        }
        List<FormControls.Choice<String>> blenders = new ArrayList<>();
        blenders.add(new FormControls.Choice<>(null, Texts.get("submit.blender.any")));
        versions.forEach((version, text) -> blenders.add(new FormControls.Choice<>(version, text)));
        FlowPane line = new FlowPane(8, 8);
        line.getChildren()
                .addAll(
                        choice(null, model.blenderProperty(), blenders, null),
                        choice("submit.engine", model.engineProperty(), kinds, null),
                        cameraChoice());
        List<FormControls.Choice<String>> ranks = new ArrayList<>();
        for (int rank : PRIORITIES) {
            ranks.add(new FormControls.Choice<>(Integer.toString(rank), Texts.get("board.priority." + rank, rank)));
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
            List<FormControls.Choice<String>> cameras = new ArrayList<>();
            cameras.add(new FormControls.Choice<>(null, Texts.get("submit.camera.file")));
            model.cameras().forEach(name -> cameras.add(new FormControls.Choice<>(name, name)));
            holder.getChildren().setAll(choice("submit.camera", model.cameraProperty(), cameras, null));
        });
        return holder;
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
}

package studio.kiln.desktop.submit;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import javafx.beans.property.BooleanProperty;
import javafx.beans.property.IntegerProperty;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.Property;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.SimpleBooleanProperty;
import javafx.beans.property.SimpleIntegerProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Problem;
import studio.kiln.desktop.shell.Texts;

/**
 * The form of one model version: what is typed, what is wrong with it, what would happen, and the submission. What is left
 * as the file has it is sent as "as in the file". FX thread only; nothing here waits.
 */
public final class SubmitModel {
    /** The fields that can be wrong. */
    public enum Field {
        FRAMES,
        SIZE,
        SAMPLES,
        NOISE,
        PRIORITY
    }

    private static final Duration PAUSE_BEFORE_PREVIEW = Duration.ofMillis(250);
    private static final int TEST_PERCENT = 25;

    private final ModelView model;
    private final ModelVersionView version;
    private final ServerLink link;
    private final Background background;

    private final StringProperty name = new SimpleStringProperty(this, "name");
    private final StringProperty scene = new SimpleStringProperty(this, "scene");
    private final StringProperty frames = new SimpleStringProperty(this, "frames");
    private final StringProperty width = new SimpleStringProperty(this, "width");
    private final StringProperty height = new SimpleStringProperty(this, "height");
    private final BooleanProperty aspectLocked = new SimpleBooleanProperty(this, "aspectLocked", true);
    private final IntegerProperty percent = new SimpleIntegerProperty(this, "percent");
    private final StringProperty samples = new SimpleStringProperty(this, "samples");
    private final StringProperty noise = new SimpleStringProperty(this, "noise");
    private final ObjectProperty<Denoise> denoise = new SimpleObjectProperty<>(this, "denoise", Denoise.FILE);
    private final ObjectProperty<@Nullable ImageFormat> format = new SimpleObjectProperty<>(this, "format");
    private final ObjectProperty<@Nullable RenderEngine> engine = new SimpleObjectProperty<>(this, "engine");
    private final ObjectProperty<@Nullable String> blender = new SimpleObjectProperty<>(this, "blender");
    private final ObjectProperty<@Nullable String> camera = new SimpleObjectProperty<>(this, "camera");
    private final StringProperty priority = new SimpleStringProperty(this, "priority", "50");

    private final ReadOnlyObjectWrapper<Map<Field, String>> wrong =
            new ReadOnlyObjectWrapper<>(this, "wrong", Map.of());
    private final ReadOnlyObjectWrapper<@Nullable TaskPreview> preview = new ReadOnlyObjectWrapper<>(this, "preview");
    private final ReadOnlyObjectWrapper<@Nullable Problem> previewProblem =
            new ReadOnlyObjectWrapper<>(this, "previewProblem");
    private final ReadOnlyBooleanWrapper previewing = new ReadOnlyBooleanWrapper(this, "previewing", false);
    private final ReadOnlyBooleanWrapper submitting = new ReadOnlyBooleanWrapper(this, "submitting", false);
    private final ReadOnlyObjectWrapper<@Nullable Problem> refused = new ReadOnlyObjectWrapper<>(this, "refused");

    private Inspection.@Nullable Scene fileScene;
    private @Nullable Future<?> asking;
    private int question;
    private boolean resizing;
    private @Nullable UUID key;
    private @Nullable TaskRequest keyOf;

    public SubmitModel(ModelView model, ModelVersionView version, ServerLink link, Background background) {
        this.model = model;
        this.version = version;
        this.link = link;
        this.background = background;
        name.set(model.name());
        sceneOf(null).ifPresent(this::fill);
        for (Property<?> each : List.of(
                name, frames, width, height, percent, samples, noise, denoise, format, engine, blender, camera,
                priority)) {
            each.addListener((at, before, now) -> changed());
        }
        scene.addListener((at, before, now) -> {
            sceneOf(now).ifPresent(this::fill);
            changed();
        });
        width.addListener((at, before, now) -> keepAspect(width, height, false));
        height.addListener((at, before, now) -> keepAspect(height, width, true));
        changed();
    }

    // ---- the form

    public StringProperty nameProperty() {
        return name;
    }

    public StringProperty sceneProperty() {
        return scene;
    }

    /** In the notation of {@link FrameSet}. */
    public StringProperty framesProperty() {
        return frames;
    }

    public StringProperty widthProperty() {
        return width;
    }

    public StringProperty heightProperty() {
        return height;
    }

    public BooleanProperty aspectLockedProperty() {
        return aspectLocked;
    }

    public IntegerProperty percentProperty() {
        return percent;
    }

    public StringProperty samplesProperty() {
        return samples;
    }

    public StringProperty noiseProperty() {
        return noise;
    }

    public ObjectProperty<Denoise> denoiseProperty() {
        return denoise;
    }

    /** Null is as in the file. */
    public ObjectProperty<@Nullable ImageFormat> formatProperty() {
        return format;
    }

    /** Null is as in the file. */
    public ObjectProperty<@Nullable RenderEngine> engineProperty() {
        return engine;
    }

    /** A version of Blender, or null when Kiln chooses. */
    public ObjectProperty<@Nullable String> blenderProperty() {
        return blender;
    }

    /** Null follows the file, marker bindings included. */
    public ObjectProperty<@Nullable String> cameraProperty() {
        return camera;
    }

    public StringProperty priorityProperty() {
        return priority;
    }

    // ---- what is known

    public ModelView model() {
        return model;
    }

    public ModelVersionView version() {
        return version;
    }

    /** Names of the scenes; one or none needs no choice. */
    public List<String> scenes() {
        Inspection inspection = version.inspection();
        return inspection == null
                ? List.of()
                : inspection.scenes().stream().map(Inspection.Scene::name).toList();
    }

    /** Cameras of the chosen scene. */
    public List<String> cameras() {
        Inspection.Scene now = fileScene;
        return now == null ? List.of() : now.cameras();
    }

    /** The engine that the file asks for. */
    public String engineOfFile() {
        Inspection.Scene now = fileScene;
        return now == null ? "cycles" : now.engine();
    }

    /** The engine that will render, as far as it is known. */
    public String engineWord() {
        RenderEngine chosen = engine.get();
        if (chosen != null) {
            return chosen.name().toLowerCase(Locale.ROOT);
        }
        Inspection.Scene now = fileScene;
        return now == null ? "cycles" : now.engine().toLowerCase(Locale.ROOT);
    }

    /** Whether a sample count and a noise threshold mean something for the engine. */
    public boolean hasSamples() {
        return !engineWord().contains("workbench");
    }

    public boolean hasNoiseThreshold() {
        return engineWord().contains("cycles");
    }

    /** What is wrong, by field; empty when the form can be sent. */
    public ReadOnlyObjectProperty<Map<Field, String>> wrongProperty() {
        return wrong.getReadOnlyProperty();
    }

    /** What would happen; null while it is not known. */
    public ReadOnlyObjectProperty<@Nullable TaskPreview> previewProperty() {
        return preview.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable Problem> previewProblemProperty() {
        return previewProblem.getReadOnlyProperty();
    }

    public ReadOnlyBooleanProperty previewingProperty() {
        return previewing.getReadOnlyProperty();
    }

    public ReadOnlyBooleanProperty submittingProperty() {
        return submitting.getReadOnlyProperty();
    }

    /** Why the last submission was refused, or null. */
    public ReadOnlyObjectProperty<@Nullable Problem> refusedProperty() {
        return refused.getReadOnlyProperty();
    }

    /** The scene's own range. */
    public FrameSet sceneFrames() {
        Inspection.Scene now = fileScene;
        return now == null
                ? FrameSet.of(List.of(1))
                : FrameSet.range(
                        now.frameStart(), Math.max(now.frameStart(), now.frameEnd()), Math.max(1, now.frameStep()));
    }

    // ---- the chips

    public void allFrames() {
        frames.set(sceneFrames().toString());
    }

    public void thisFrame() {
        frames.set(Integer.toString(fileScene == null ? 1 : fileScene.frameCurrent()));
    }

    public void firstMiddleLast() {
        frames.set(FrameSet.of(sceneFrames().firstMiddleLast()).toString());
    }

    /** How many frames the field names, or 0 while it is wrong. */
    public int frameCount() {
        try {
            return FrameSet.parse(text(frames), sceneFrames()).size();
        } catch (BadFrames e) {
            return 0;
        }
    }

    /** Back to everything as in the file. */
    public void reset() {
        name.set(model.name());
        denoise.set(Denoise.FILE);
        format.set(null);
        engine.set(null);
        blender.set(null);
        camera.set(null);
        priority.set("50");
        sceneOf(null).ifPresent(this::fill);
        changed();
    }

    // ---- submission

    /** The request that the form stands for. Throws {@link IllegalStateException} while something is wrong. */
    public TaskRequest request() {
        if (!wrong.get().isEmpty()) {
            throw new IllegalStateException("The form has mistakes: " + wrong.get());
        }
        return request(text(frames), text(name), settings(percent.get()));
    }

    /** One frame, the first of those named, at a quarter of the size. */
    public TaskRequest testRequest() {
        int frame = FrameSet.parse(text(frames), sceneFrames()).frames().getFirst();
        return request(
                Integer.toString(frame),
                Texts.get("submit.test.name", text(name)),
                settings(Math.max(1, percent.get() * TEST_PERCENT / 100)));
    }

    /** Sends the form. A second press before the answer does nothing; the same form sent again is the same task. */
    public void submit(Consumer<TaskView> done) {
        if (wrong.get().isEmpty()) {
            send(request(), done);
        }
    }

    /** Sends one frame at a quarter of the size. */
    public void submitTest(Consumer<TaskView> done) {
        if (wrong.get().isEmpty()) {
            send(testRequest(), done);
        }
    }

    private void send(TaskRequest request, Consumer<TaskView> done) {
        if (submitting.get()) {
            return;
        }
        UUID now = key;
        // an answer that was lost must not make a second task out of the next press
        if (now == null || !request.equals(keyOf)) {
            now = UUID.randomUUID();
            key = now;
            keyOf = request;
        }
        UUID mine = now;
        submitting.set(true);
        refused.set(null);
        background.run(
                () -> link.client().submit(request, mine),
                task -> {
                    submitting.set(false);
                    key = null;
                    keyOf = null;
                    done.accept(task);
                },
                problem -> {
                    submitting.set(false);
                    refused.set(problem);
                });
    }

    private TaskRequest request(String chosenFrames, String chosenName, RenderSettings settings) {
        String chosenScene = scene.get();
        boolean active = fileScene == null || fileScene.active();
        return new TaskRequest(
                version.id(),
                chosenName.isBlank() ? null : chosenName.strip(),
                chosenFrames,
                active ? null : chosenScene,
                settings.equals(RenderSettings.AS_IN_FILE) ? null : settings,
                blender.get(),
                Integer.valueOf(text(priority)),
                null,
                null,
                null,
                null,
                null);
    }

    private RenderSettings settings(int wantedPercent) {
        Inspection.Scene file = fileScene;
        int w = Integer.parseInt(text(width));
        int h = Integer.parseInt(text(height));
        boolean sizeOfFile = file != null && file.width() == w && file.height() == h;
        boolean percentOfFile = file != null && file.percent() == wantedPercent;
        Integer chosenSamples = hasSamples() ? number(text(samples)) : null;
        boolean samplesOfFile = file != null && Objects.equals(file.samples(), chosenSamples) && engine.get() == null;
        Double chosenNoise = hasNoiseThreshold() && !text(noise).isEmpty() ? Double.valueOf(text(noise)) : null;
        // Blender keeps it as a float, so what the field shows is not to the last digit what the file has
        Double fileNoise = file == null ? null : file.noiseThreshold();
        boolean noiseOfFile =
                chosenNoise == null || (fileNoise != null && decimal(fileNoise).equals(decimal(chosenNoise)));
        return new RenderSettings(
                engine.get(),
                samplesOfFile ? null : chosenSamples,
                noiseOfFile ? null : chosenNoise,
                sizeOfFile ? null : Integer.valueOf(w),
                sizeOfFile ? null : Integer.valueOf(h),
                sizeOfFile && percentOfFile ? null : Integer.valueOf(wantedPercent),
                format.get(),
                camera.get(),
                denoise.get() == Denoise.FILE ? null : denoise.get(),
                null,
                null,
                null,
                null);
    }

    // ---- how it is done

    private Optional<Inspection.Scene> sceneOf(@Nullable String wanted) {
        Inspection inspection = version.inspection();
        return inspection == null
                ? Optional.empty()
                : inspection.scene(wanted).or(() -> inspection.scenes().stream().findFirst());
    }

    private void fill(Inspection.Scene from) {
        fileScene = from;
        resizing = true;
        scene.set(from.name());
        frames.set(from.animated() ? sceneFrames().toString() : Integer.toString(from.frameCurrent()));
        width.set(Integer.toString(from.width()));
        height.set(Integer.toString(from.height()));
        percent.set(from.percent());
        samples.set(from.samples() == null ? "" : from.samples().toString());
        noise.set(from.noiseThreshold() == null ? "" : decimal(from.noiseThreshold()));
        camera.set(null);
        resizing = false;
    }

    private void keepAspect(StringProperty changed, StringProperty other, boolean fromHeight) {
        Inspection.Scene file = fileScene;
        if (resizing || !aspectLocked.get() || file == null) {
            return;
        }
        Integer value = number(text(changed));
        if (value == null || value <= 0) {
            return;
        }
        double ratio = fromHeight ? file.width() / (double) file.height() : file.height() / (double) file.width();
        resizing = true;
        other.set(Long.toString(Math.max(1, Math.round(value * ratio))));
        resizing = false;
    }

    private void changed() {
        if (resizing) {
            return;
        }
        wrong.set(validate());
        refused.set(null);
        ask();
    }

    private Map<Field, String> validate() {
        Map<Field, String> mistakes = new LinkedHashMap<>();
        try {
            FrameSet.parse(text(frames), sceneFrames());
        } catch (BadFrames e) {
            mistakes.put(Field.FRAMES, String.valueOf(e.getMessage()));
        }
        Integer w = number(text(width));
        Integer h = number(text(height));
        if (w == null || h == null || w < 4 || h < 4 || w > 65_536 || h > 65_536) {
            mistakes.put(Field.SIZE, Texts.get("submit.wrong.size"));
        }
        Integer count = number(text(samples));
        if (hasSamples() && !text(samples).isEmpty() && (count == null || count < 1 || count > 65_536)) {
            mistakes.put(Field.SAMPLES, Texts.get("submit.wrong.samples"));
        }
        if (hasNoiseThreshold() && !text(noise).isEmpty() && !between(text(noise), 0, 1)) {
            mistakes.put(Field.NOISE, Texts.get("submit.wrong.noise"));
        }
        Integer rank = number(text(priority));
        if (rank == null || rank < 0 || rank > 100) {
            mistakes.put(Field.PRIORITY, Texts.get("submit.wrong.priority"));
        }
        return mistakes;
    }

    private void ask() {
        Future<?> before = asking;
        if (before != null) {
            before.cancel(true);
        }
        int mine = ++question;
        if (!wrong.get().isEmpty()) {
            previewing.set(false);
            preview.set(null);
            previewProblem.set(null);
            return;
        }
        previewing.set(true);
        TaskRequest request = request();
        asking = background.run(
                () -> {
                    // typing goes on; only the last form is asked for
                    Thread.sleep(PAUSE_BEFORE_PREVIEW);
                    return link.client().preview(request);
                },
                answer -> answered(mine, answer, null),
                problem -> answered(mine, null, problem));
    }

    // an answer may be on its way here already when the next question makes it stale
    private void answered(int of, @Nullable TaskPreview answer, @Nullable Problem problem) {
        if (of == question) {
            previewing.set(false);
            preview.set(answer);
            previewProblem.set(problem);
        }
    }

    /** Sentences about what would happen, from the server's answer. */
    public static List<String> sentences(TaskPreview preview) {
        List<String> lines = new ArrayList<>();
        int rendered = preview.outputs() - preview.reused();
        lines.add(
                rendered == 0
                        ? Texts.get("submit.happens.nothing", preview.outputs())
                        : Texts.get(
                                "submit.happens",
                                Formats.number(rendered),
                                rendered,
                                preview.chunks(),
                                preview.slots()));
        return lines;
    }

    private static String text(StringProperty property) {
        String value = property.get();
        return value == null ? "" : value.strip();
    }

    private static @Nullable Integer number(String text) {
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static boolean between(String text, double low, double high) {
        try {
            double value = Double.parseDouble(text);
            return value >= low && value <= high;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** A fraction without needless digits, with a point whatever the language. */
    static String decimal(double value) {
        return new BigDecimal(value)
                .setScale(4, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}

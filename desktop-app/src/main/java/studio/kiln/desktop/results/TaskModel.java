package studio.kiln.desktop.results;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import javafx.beans.property.BooleanProperty;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.SimpleBooleanProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import javafx.scene.image.Image;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;

/** One task with its pictures, log, timeline, chunks and script; kept by events. FX thread only. */
public final class TaskModel {
    private static final int PAGE = 500;
    private static final int MOST_LINES = 5_000;

    /** One frame of the strip. Two are equal when they look the same. */
    public record Frame(int number, @Nullable ResultView result, boolean rendering) {}

    private final String id;
    private final ServerLink link;
    private final Background background;
    private final ReadOnlyObjectWrapper<@Nullable TaskView> task = new ReadOnlyObjectWrapper<>(this, "task");
    private final ReadOnlyObjectWrapper<@Nullable FrameProgress> progress =
            new ReadOnlyObjectWrapper<>(this, "progress");
    private final ReadOnlyObjectWrapper<@Nullable Problem> problem = new ReadOnlyObjectWrapper<>(this, "problem");
    private final ObservableList<Frame> frames = FXCollections.observableArrayList();
    private final ObservableList<Frame> framesView = FXCollections.unmodifiableObservableList(frames);
    private final Map<Integer, Integer> places = new TreeMap<>();
    private final Map<Integer, ResultView> byFrame = new TreeMap<>();
    private final ObjectProperty<@Nullable Frame> selected = new SimpleObjectProperty<>(this, "selected");
    private final BooleanProperty follow = new SimpleBooleanProperty(this, "follow", true);
    private final ReadOnlyObjectWrapper<@Nullable Image> image = new ReadOnlyObjectWrapper<>(this, "image");
    private final ReadOnlyObjectWrapper<@Nullable Image> draft = new ReadOnlyObjectWrapper<>(this, "draft");
    private final ReadOnlyObjectWrapper<@Nullable ResultView> shown = new ReadOnlyObjectWrapper<>(this, "shown");
    private final ReadOnlyBooleanWrapper busy = new ReadOnlyBooleanWrapper(this, "busy", false);
    private final ObservableList<LogLine> log = FXCollections.observableArrayList();
    private final ObservableList<LogLine> logView = FXCollections.unmodifiableObservableList(log);
    private final ObservableList<TimelineEntry> timeline = FXCollections.observableArrayList();
    private final ObservableList<TimelineEntry> timelineView = FXCollections.unmodifiableObservableList(timeline);
    private final ObservableList<ChunkView> chunks = FXCollections.observableArrayList();
    private final ObservableList<ChunkView> chunksView = FXCollections.unmodifiableObservableList(chunks);
    private final ReadOnlyObjectWrapper<@Nullable String> script = new ReadOnlyObjectWrapper<>(this, "script");
    private Consumer<Problem> onRefused = refused -> {};
    private @Nullable String wantedImage;
    private @Nullable Sha256 wantedDraft;
    private @Nullable String plannedFrames;
    private int newestFrame = Integer.MIN_VALUE;
    private boolean chunksWanted;
    private boolean timelineWanted;
    private boolean closed;

    public TaskModel(String id, ServerLink link, Background background) {
        this.id = id;
        this.link = link;
        this.background = background;
        link.listen(this::apply);
        selected.addListener((at, before, now) -> readImage());
    }

    public String id() {
        return id;
    }

    /** Null until it was read. */
    public ReadOnlyObjectProperty<@Nullable TaskView> taskProperty() {
        return task.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable FrameProgress> progressProperty() {
        return progress.getReadOnlyProperty();
    }

    /** Why the task cannot be shown, or null. */
    public ReadOnlyObjectProperty<@Nullable Problem> problemProperty() {
        return problem.getReadOnlyProperty();
    }

    /** Every frame of the task in ascending order. */
    public ObservableList<Frame> frames() {
        return framesView;
    }

    public ObjectProperty<@Nullable Frame> selectedProperty() {
        return selected;
    }

    /** Whether the newest picture is shown as soon as it is there. A person who picks a frame ends it. */
    public BooleanProperty followProperty() {
        return follow;
    }

    /** The picture of {@link #shownProperty} in full size, or null. */
    public ReadOnlyObjectProperty<@Nullable Image> imageProperty() {
        return image.getReadOnlyProperty();
    }

    /** The draft of the frame that renders now, or null: small, with few samples. */
    public ReadOnlyObjectProperty<@Nullable Image> draftProperty() {
        return draft.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable ResultView> shownProperty() {
        return shown.getReadOnlyProperty();
    }

    /** Whether pictures are being saved. */
    public ReadOnlyBooleanProperty busyProperty() {
        return busy.getReadOnlyProperty();
    }

    public ObservableList<LogLine> log() {
        return logView;
    }

    public ObservableList<TimelineEntry> timeline() {
        return timelineView;
    }

    public ObservableList<ChunkView> chunks() {
        return chunksView;
    }

    public ReadOnlyObjectProperty<@Nullable String> scriptProperty() {
        return script.getReadOnlyProperty();
    }

    /** Results of whole frames by frame. */
    public List<ResultView> results() {
        return List.copyOf(byFrame.values());
    }

    public void setOnRefused(Consumer<Problem> receiver) {
        onRefused = receiver;
    }

    // ---- reading

    /** Reads the task, its pictures and its log. */
    public void read() {
        background.run(() -> link.client().task(id), this::take, failure -> {
            if (task.get() == null) {
                problem.set(failure);
            }
        });
        background.run(this::allResults, this::takeResults, this::unheard);
        background.run(
                () -> lines(cursor -> link.client().logs(id, cursor, PAGE)), lines -> log.setAll(lines), this::unheard);
        if (chunksWanted) {
            readChunks();
        }
        if (timelineWanted) {
            readTimeline();
        }
    }

    public void readChunks() {
        chunksWanted = true;
        background.run(
                () -> link.client().chunks(id),
                now -> chunks.setAll(now.stream()
                        .sorted(Comparator.comparingInt(ChunkView::ordinal))
                        .toList()),
                this::unheard);
    }

    public void readTimeline() {
        timelineWanted = true;
        background.run(
                () -> lines(cursor -> link.client().timeline(id, cursor, PAGE)), timeline::setAll, this::unheard);
    }

    public void readScript() {
        if (script.get() == null) {
            background.run(() -> link.client().script(id), script::set, this::unheard);
        }
    }

    // the line's own mark tells that the server does not answer
    private void unheard(Problem failure) {
        if (task.get() == null) {
            problem.set(failure);
        }
    }

    private List<ResultView> allResults() {
        return lines(cursor -> link.client().results(id, cursor, PAGE));
    }

    private static <T> List<T> lines(Function<@Nullable String, Page<T>> source) {
        List<T> all = new ArrayList<>();
        String cursor = null;
        do {
            Page<T> page = source.apply(cursor);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null && all.size() < 200_000);
        return all;
    }

    /** Takes over what the server told. */
    public void apply(List<Change> changes) {
        if (closed) {
            return;
        }
        boolean news = false;
        for (Change change : changes) {
            switch (change) {
                case Change.OfTask of
                when of.task().id().equals(id) -> {
                    take(of.task());
                    news = true;
                }
                case Change.OfResult of
                when of.result().taskId().equals(id) -> {
                    takeResult(of.result());
                }
                case Change.OfProgress of when of.progress().taskId().equals(id) -> takeProgress(of.progress());
                case Change.OfLog of
                when of.taskId().equals(id) -> {
                    log.add(of.line());
                    if (log.size() > MOST_LINES) {
                        log.remove(0, log.size() - MOST_LINES);
                    }
                }
                case Change.Reset reset -> read();
                default -> {}
            }
        }
        if (news && chunksWanted) {
            readChunks();
        }
        if (news && timelineWanted) {
            readTimeline();
        }
    }

    private void take(TaskView now) {
        TaskView before = task.get();
        if (before != null && now.revision() < before.revision()) {
            return;
        }
        task.set(now);
        problem.set(null);
        if (!now.frames().equals(plannedFrames)) {
            plannedFrames = now.frames();
            plan(now.frames());
        }
        FrameProgress under = now.now();
        if (under != null) {
            takeProgress(under);
        } else if (now.state() != TaskState.RUNNING && now.state() != TaskState.PAUSE_REQUESTED) {
            takeProgress(null);
        }
    }

    private void plan(String notation) {
        List<Frame> now = new ArrayList<>();
        places.clear();
        FrameProgress under = progress.get();
        int rendering = under == null ? Integer.MIN_VALUE : under.frame();
        if (!notation.isBlank()) {
            try {
                for (int frame : FrameSet.parse(notation, FrameSet.of(List.of(1)))) {
                    places.put(frame, now.size());
                    now.add(new Frame(frame, byFrame.get(frame), frame == rendering));
                }
            } catch (BadFrames e) {
                throw new IllegalStateException("The server sent frames that cannot be read: " + notation, e);
            }
        }
        frames.setAll(now);
        if (selected.get() == null) {
            showNewest();
        }
    }

    private void takeResults(List<ResultView> results) {
        results.forEach(this::put);
        plannedFrames = null;
        TaskView now = task.get();
        if (now != null) {
            take(now);
        }
        showNewest();
    }

    private void takeResult(ResultView result) {
        if (put(result)) {
            change(result.frame(), frame -> new Frame(frame.number(), result, frame.rendering()));
            showNewest();
        }
    }

    private boolean put(ResultView result) {
        if (!result.kind().equals("image") || !result.layer().isEmpty() && byFrame.containsKey(result.frame())) {
            return false;
        }
        byFrame.put(result.frame(), result);
        if (!result.reused() || newestFrame == Integer.MIN_VALUE) {
            newestFrame = result.frame();
        }
        return true;
    }

    private void takeProgress(@Nullable FrameProgress now) {
        FrameProgress before = progress.get();
        if (before != null
                && now != null
                && before.frame() == now.frame()
                && before.phase().equals(now.phase())
                && before.total() == now.total()
                && now.done() < before.done()) {
            return;
        }
        if (before != null && (now == null || before.frame() != now.frame())) {
            change(before.frame(), frame -> new Frame(frame.number(), frame.result(), false));
        }
        if (now != null && (before == null || before.frame() != now.frame())) {
            change(now.frame(), frame -> new Frame(frame.number(), frame.result(), true));
        }
        progress.set(now);
        readDraft(now == null ? null : now.draft());
    }

    private void readDraft(@Nullable Sha256 now) {
        if (Objects.equals(now, wantedDraft)) {
            return;
        }
        wantedDraft = now;
        draft.set(null);
        if (now != null) {
            background.run(
                    () -> new Image(new ByteArrayInputStream(link.client().draft(id, now))),
                    picture -> {
                        if (now.equals(wantedDraft) && !picture.isError()) {
                            draft.set(picture);
                        }
                    },
                    // it is only a draft
                    failure -> {});
        }
    }

    private void change(int number, Function<Frame, Frame> how) {
        Integer place = places.get(number);
        if (place == null) {
            return;
        }
        Frame before = frames.get(place);
        Frame now = how.apply(before);
        if (!now.equals(before)) {
            frames.set(place, now);
            Frame chosen = selected.get();
            if (chosen != null && chosen.number() == number) {
                selected.set(now);
            }
        }
    }

    private void showNewest() {
        if (!follow.get() && selected.get() != null) {
            return;
        }
        Integer place = places.get(newestFrame);
        if (place != null) {
            selected.set(frames.get(place));
        } else if (selected.get() == null && !frames.isEmpty()) {
            selected.set(frames.getFirst());
        }
    }

    /** A person picks a frame; from then on the newest is not shown by itself. */
    public void pick(Frame frame) {
        follow.set(false);
        selected.set(frame);
    }

    /** The frame before or after the selected one. */
    public void step(int by) {
        Frame now = selected.get();
        Integer place = now == null ? null : places.get(now.number());
        if (place != null && place + by >= 0 && place + by < frames.size()) {
            pick(frames.get(place + by));
        }
    }

    private void readImage() {
        Frame frame = selected.get();
        ResultView result = frame == null ? null : frame.result();
        if (result == null) {
            // what was shown last stays until there is something newer to see
            wantedImage = null;
            return;
        }
        if (result.id().equals(wantedImage)) {
            return;
        }
        wantedImage = result.id();
        String wanted = result.id();
        background.run(
                () -> decode(result),
                now -> {
                    if (wanted.equals(wantedImage)) {
                        image.set(now);
                        shown.set(result);
                    }
                },
                failure -> {
                    if (wanted.equals(wantedImage)) {
                        wantedImage = null;
                    }
                });
    }

    private Image decode(ResultView result) {
        String extension = result.extension().toLowerCase(Locale.ROOT);
        boolean direct = extension.equals("png") || extension.equals("jpg") || extension.equals("jpeg");
        Image now = null;
        if (direct) {
            now = new Image(new ByteArrayInputStream(link.client().content(result.id())));
        }
        if (now == null || now.isError()) {
            // what JavaFX cannot read the server turns into a PNG
            now = new Image(new ByteArrayInputStream(link.client().resultThumbnail(result.id(), result.width())));
        }
        if (now.isError()) {
            throw new IllegalStateException("The picture cannot be decoded", now.getException());
        }
        return now;
    }

    // ---- what a person can do

    public void pause() {
        ask(() -> link.client().pause(id));
    }

    public void resume() {
        ask(() -> link.client().resume(id));
    }

    public void cancel() {
        ask(() -> link.client().cancel(id));
    }

    public void requeue() {
        ask(() -> link.client().requeue(id, new Requeue(null)));
    }

    private void ask(Callable<TaskView> request) {
        background.run(request, this::take, refused -> onRefused.accept(refused));
    }

    /** Saves one picture. */
    public void save(ResultView result, Path target, Consumer<Path> done) {
        run(
                () -> {
                    link.client().download(result, target);
                    return target;
                },
                done);
    }

    /** Saves every picture into a folder, named by frame. */
    public void saveAll(Path folder, Consumer<Path> done) {
        List<ResultView> all = results();
        run(
                () -> {
                    KilnClient client = link.client();
                    for (ResultView result : all) {
                        client.download(result, folder.resolve(fileName(result)));
                    }
                    return folder;
                },
                done);
    }

    /** A file name for a picture: {@code name_0012.png}. */
    public String fileName(ResultView result) {
        TaskView now = task.get();
        String name = now == null ? "kiln" : now.name();
        String safe = name.replaceAll("[^\\p{L}\\p{N}._-]+", "_").replaceAll("^_+|_+$", "");
        return (safe.isEmpty() ? "kiln" : safe)
                + String.format(Locale.ROOT, "_%04d.", result.frame())
                + result.extension();
    }

    private void run(Callable<Path> work, Consumer<Path> done) {
        busy.set(true);
        background.run(
                work,
                target -> {
                    busy.set(false);
                    done.accept(target);
                },
                failure -> {
                    busy.set(false);
                    onRefused.accept(failure);
                });
    }

    /** Hears no more. */
    public void close() {
        closed = true;
    }

    /** Median seconds of the frames that were rendered here, or null. */
    public @Nullable Double median() {
        List<Double> seconds = byFrame.values().stream()
                .filter(result -> !result.reused())
                .map(ResultView::seconds)
                .sorted()
                .toList();
        return seconds.isEmpty() ? null : seconds.get(seconds.size() / 2);
    }

    /** The frame that took longest, or null. */
    public @Nullable ResultView slowest() {
        return byFrame.values().stream()
                .filter(result -> !result.reused())
                .max(Comparator.comparingDouble(ResultView::seconds))
                .orElse(null);
    }

    /** The task, for those who know that it was read. */
    TaskView known() {
        return Objects.requireNonNull(task.get(), "the task was not read yet");
    }
}

package studio.kiln.desktop.library;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import javafx.beans.property.ReadOnlyDoubleProperty;
import javafx.beans.property.ReadOnlyDoubleWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.ReadOnlyStringProperty;
import javafx.beans.property.ReadOnlyStringWrapper;
import org.jspecify.annotations.Nullable;
import studio.kiln.desktop.shell.Problem;

/** One model on its way to the server. The properties change on the FX thread; {@link #cancel} may come from any. */
public final class Upload {
    /** How far it is. */
    public enum Stage {
        /** Files are read for their digests. */
        READING,
        SENDING,
        /** An engine looks into it. */
        INSPECTING,
        FAILED,
        DONE
    }

    private final Path source;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final ReadOnlyStringWrapper name = new ReadOnlyStringWrapper(this, "name");
    private final ReadOnlyObjectWrapper<Stage> stage = new ReadOnlyObjectWrapper<>(this, "stage", Stage.READING);
    private final ReadOnlyDoubleWrapper share = new ReadOnlyDoubleWrapper(this, "share", 0);
    private final ReadOnlyObjectWrapper<@Nullable Problem> problem = new ReadOnlyObjectWrapper<>(this, "problem");

    Upload(Path source) {
        this.source = source;
        name.set(String.valueOf(source.getFileName()));
    }

    /** The file or folder that was dropped. */
    public Path source() {
        return source;
    }

    public ReadOnlyStringProperty nameProperty() {
        return name.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<Stage> stageProperty() {
        return stage.getReadOnlyProperty();
    }

    /** Share of the stage that is done, 0 to 1; never falls within a stage. */
    public ReadOnlyDoubleProperty shareProperty() {
        return share.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable Problem> problemProperty() {
        return problem.getReadOnlyProperty();
    }

    /** Ends it as soon as may be. What was sent already stays with the server and is not sent again. */
    public void cancel() {
        cancelled.set(true);
    }

    public boolean isCancelled() {
        return cancelled.get();
    }

    void named(String now) {
        name.set(now);
    }

    void enter(Stage now) {
        share.set(0);
        stage.set(now);
    }

    void advance(double now) {
        share.set(Math.clamp(Math.max(now, share.get()), 0, 1));
    }

    void fail(Problem why) {
        problem.set(why);
        stage.set(Stage.FAILED);
    }
}

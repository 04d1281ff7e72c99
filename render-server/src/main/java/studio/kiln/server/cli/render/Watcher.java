package studio.kiln.server.cli.render;

import java.time.Duration;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;

/** Hears what becomes of a task, on the thread that follows it. */
public interface Watcher {
    /** The task changed. */
    void task(TaskView task);

    /** A frame went on. */
    default void progress(FrameProgress progress) {}

    /** A picture was published; each is told once. */
    default void published(ResultView result) {}

    /** No server has answered for so long; told again and again while it lasts. */
    default void silence(Duration since, Duration patience) {}

    /** The server answers again. */
    default void answersAgain() {}
}

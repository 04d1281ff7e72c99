package studio.kiln.desktop.live;

import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;

/** What the server told about, read off the FX thread. */
public sealed interface Change {
    /** A task as it is now. */
    record OfTask(TaskView task) implements Change {}

    /** A picture was published. */
    record OfResult(ResultView result) implements Change {}

    /** A model as it is now. */
    record OfModel(ModelView model) implements Change {}

    /** A model was removed. */
    record ModelGone(String id) implements Change {}

    /** An engine as it is now. */
    record OfEngine(EngineView engine) implements Change {}

    /** How far the frame under way is. */
    record OfProgress(FrameProgress progress) implements Change {}

    /** A line of a task's log. */
    record OfLog(String taskId, LogLine line) implements Change {}

    /** What is shown may be old: read everything anew. */
    record Reset() implements Change {}
}

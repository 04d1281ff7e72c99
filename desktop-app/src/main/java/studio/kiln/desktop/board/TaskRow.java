package studio.kiln.desktop.board;

import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;

/** One task on the board. It stays the same object while the task lives, so selection and place hold. FX thread only. */
public final class TaskRow {
    private final ReadOnlyObjectWrapper<TaskView> task;
    private final ReadOnlyObjectWrapper<@Nullable FrameProgress> progress =
            new ReadOnlyObjectWrapper<>(this, "progress");
    private final ReadOnlyObjectWrapper<Order> order;

    /** Where a row stands among the others: what burns, what will, what rests, what ended. */
    record Order(int group, long within) implements Comparable<Order> {
        @Override
        public int compareTo(Order other) {
            return group != other.group ? Integer.compare(group, other.group) : Long.compare(within, other.within);
        }

        static Order of(TaskView task) {
            return switch (task.state()) {
                case RUNNING, PAUSE_REQUESTED, CANCEL_REQUESTED -> new Order(0, task.number());
                case QUEUED -> new Order(1, (100L - task.priority()) * 1_000_000_000L + task.number());
                case WAITING -> new Order(2, task.number());
                case PAUSED -> new Order(3, task.number());
                case SUCCEEDED, FAILED, CANCELLED ->
                    new Order(4, -(task.endedAt() == null ? task.createdAt() : task.endedAt()).toEpochMilli());
            };
        }
    }

    TaskRow(TaskView first) {
        task = new ReadOnlyObjectWrapper<>(this, "task", first);
        order = new ReadOnlyObjectWrapper<>(this, "order", Order.of(first));
        progress.set(first.now());
    }

    public String id() {
        return task.get().id();
    }

    public TaskView task() {
        return task.get();
    }

    public ReadOnlyObjectProperty<TaskView> taskProperty() {
        return task.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable FrameProgress> progressProperty() {
        return progress.getReadOnlyProperty();
    }

    ReadOnlyObjectProperty<Order> orderProperty() {
        return order.getReadOnlyProperty();
    }

    /** Takes over a newer view; an older one changes nothing. */
    void update(TaskView now) {
        if (now.revision() < task.get().revision()) {
            return;
        }
        task.set(now);
        order.set(Order.of(now));
        FrameProgress under = now.now();
        if (now.state() != TaskState.RUNNING && now.state() != TaskState.PAUSE_REQUESTED) {
            progress.set(null);
        } else if (under != null) {
            update(under);
        }
    }

    /** Within one frame progress only rises; a frame that begins starts again at its own beginning. */
    void update(FrameProgress now) {
        FrameProgress before = progress.get();
        if (before != null
                && before.frame() == now.frame()
                && before.node().equals(now.node())
                && before.phase().equals(now.phase())
                && before.total() == now.total()
                && now.done() < before.done()) {
            return;
        }
        progress.set(now);
    }
}

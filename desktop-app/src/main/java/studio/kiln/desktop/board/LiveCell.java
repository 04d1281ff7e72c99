package studio.kiln.desktop.board;

import javafx.scene.Node;
import javafx.scene.control.TableCell;
import javafx.util.Subscription;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskView;

/** A cell that follows its row: it is drawn again when the task changes, and only then. */
abstract class LiveCell extends TableCell<TaskRow, TaskRow> {
    private Subscription following = Subscription.EMPTY;

    @Override
    protected void updateItem(@Nullable TaskRow row, boolean empty) {
        TaskRow before = getItem();
        super.updateItem(row, empty);
        if (row == before && row != null && !empty) {
            return;
        }
        following.unsubscribe();
        if (row == null || empty) {
            following = Subscription.EMPTY;
            setText(null);
            setGraphic(null);
            return;
        }
        Node graphic = graphic();
        if (graphic != null) {
            setGraphic(graphic);
        }
        following = row.taskProperty().subscribe(this::draw);
    }

    /** What the cell holds beside text, made once; null for text alone. */
    @Nullable
    Node graphic() {
        return null;
    }

    abstract void draw(TaskView task);
}

package studio.kiln.desktop.shell;

import java.util.function.Supplier;
import javafx.beans.value.ObservableValue;
import javafx.scene.Node;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the sidebar. Its name has the key {@code room.ID}.
 *
 * @param view makes the page the first time it is opened; the page is kept
 * @param count a number beside the name, or null; an empty text shows nothing
 * @param shown whether the room is there at all, or null for always
 * @param active whether the number marks something that burns now
 */
public record Room(
        String id,
        Lucide icon,
        Supplier<Node> view,
        @Nullable ObservableValue<String> count,
        boolean active,
        @Nullable ObservableValue<Boolean> shown) {
    /** A room that is always there. */
    public Room(String id, Lucide icon, Supplier<Node> view, @Nullable ObservableValue<String> count, boolean active) {
        this(id, icon, view, count, active, null);
    }

    public String name() {
        return Texts.get("room." + id);
    }
}

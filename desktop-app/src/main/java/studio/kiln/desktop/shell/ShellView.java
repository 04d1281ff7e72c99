package studio.kiln.desktop.shell;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javafx.beans.value.ObservableValue;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Estimate;
import studio.kiln.desktop.live.Line;

/** The window's content: sidebar, the room that is open, the foot, and above them dialogs and notices. */
public final class ShellView extends StackPane {
    private final BorderPane frame = new BorderPane();
    private final Overlay overlay = new Overlay();
    private final NoticeViews notices;
    private final Map<String, Room> rooms = new HashMap<>();
    private final Map<String, Node> opened = new HashMap<>();
    private final Function<String, Node> taskPage;
    private final Node dropTarget;
    private final Navigator navigator;

    /** @param taskPage makes the page of the task with that id */
    public ShellView(
            List<Room> rooms,
            Navigator navigator,
            Function<String, Node> taskPage,
            ObservableValue<Line> line,
            StatusModel status,
            ObservableValue<@Nullable Estimate> left,
            Notices notices,
            @Nullable String host) {
        this.taskPage = taskPage;
        rooms.forEach(room -> this.rooms.put(room.id(), room));
        this.notices = new NoticeViews(notices);
        frame.setLeft(new Sidebar(rooms, navigator));
        frame.setBottom(new StatusBar(line, status, left, notices, host, this.notices::toggle));
        dropTarget = makeDropTarget();
        getChildren().addAll(frame, overlay, this.notices, dropTarget);
        getStyleClass().add("shell");
        this.navigator = navigator;
    }

    /** Shows the present place and follows from there. */
    public void begin() {
        navigator.placeProperty().subscribe(this::open);
    }

    /** Where dialogs are shown. */
    public Overlay overlay() {
        return overlay;
    }

    /** The page that is open. */
    public Node page() {
        return frame.getCenter();
    }

    /** Shows over everything that files can be dropped. */
    public void showDropTarget(boolean shown) {
        dropTarget.setVisible(shown);
    }

    private static Node makeDropTarget() {
        Label what = new Label(Texts.get("library.drop"));
        what.getStyleClass().add("subtitle");
        Label more = new Label(Texts.get("library.drop.text"));
        more.getStyleClass().add("muted");
        VBox card = new VBox(Icons.of(Lucide.UPLOAD, 40, "icon-accent"), what, more);
        card.getStyleClass().add("drop-card");
        StackPane target = new StackPane(card);
        target.getStyleClass().add("drop-target");
        target.setMouseTransparent(true);
        target.setVisible(false);
        return target;
    }

    private void open(Place place) {
        frame.setCenter(
                switch (place) {
                    case Place.InRoom in -> opened.computeIfAbsent(in.id(), this::make);
                    case Place.OfTask task -> taskPage.apply(task.taskId());
                });
    }

    private Node make(String id) {
        Room room = rooms.get(id);
        if (room == null) {
            throw new IllegalArgumentException("no such room: " + id);
        }
        return room.view().get();
    }
}

package studio.kiln.desktop.shell;

import java.util.ArrayList;
import java.util.List;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.ToggleButton;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;

/** The rooms, on the left. The last one stands at the foot. */
final class Sidebar extends VBox {
    private final Navigator navigator;

    Sidebar(List<Room> rooms, Navigator navigator) {
        this.navigator = navigator;
        getStyleClass().add("sidebar");
        Label brand = new Label(Texts.get("app.name"), Icons.of(Lucide.FLAME, 20));
        brand.getStyleClass().add("brand");
        List<Node> entries = new ArrayList<>();
        for (Room room : rooms) {
            if (room.id().equals("settings")) {
                Region space = new Region();
                VBox.setVgrow(space, Priority.ALWAYS);
                entries.add(space);
            }
            Node entry = entry(room);
            entry.getProperties().put(Room.class, room);
            entries.add(entry);
            if (room.shown() != null) {
                room.shown().subscribe(now -> show(brand, entries));
            }
        }
        show(brand, entries);
    }

    private void show(Node brand, List<Node> entries) {
        List<Node> shown = new ArrayList<>(List.of(brand));
        entries.stream().filter(Sidebar::isThere).forEach(shown::add);
        getChildren().setAll(shown);
    }

    private static boolean isThere(Node entry) {
        return !(entry.getProperties().get(Room.class) instanceof Room room)
                || room.shown() == null
                || Boolean.TRUE.equals(room.shown().getValue());
    }

    private ToggleButton entry(Room room) {
        Label name = new Label(room.name(), Icons.of(room.icon(), 16));
        name.setGraphicTextGap(11);
        name.getStyleClass().add("nav-text");
        HBox.setHgrow(name, Priority.ALWAYS);
        name.setMaxWidth(Double.MAX_VALUE);
        HBox line = new HBox(name);
        line.setAlignment(Pos.CENTER_LEFT);
        if (room.count() != null) {
            Label count = new Label();
            count.getStyleClass().add("nav-count");
            if (room.active()) {
                count.getStyleClass().add("active");
            }
            count.setMinWidth(USE_PREF_SIZE);
            count.textProperty().bind(room.count());
            count.visibleProperty().bind(count.textProperty().isEmpty().not());
            count.managedProperty().bind(count.visibleProperty());
            line.getChildren().add(count);
        }
        ToggleButton button = new ToggleButton();
        button.setGraphic(line);
        button.setContentDisplay(javafx.scene.control.ContentDisplay.GRAPHIC_ONLY);
        line.prefWidthProperty().bind(button.widthProperty().subtract(20));
        button.getStyleClass().setAll("nav");
        button.setId("nav-" + room.id());
        button.setAccessibleText(room.name());
        button.setOnAction(event -> {
            navigator.go(new Place.InRoom(room.id()));
            button.setSelected(true);
        });
        navigator.placeProperty().subscribe(place -> button.setSelected(belongs(place, room)));
        return button;
    }

    private static boolean belongs(Place place, Room room) {
        return switch (place) {
            case Place.InRoom in -> in.id().equals(room.id());
            case Place.OfTask task -> room.id().equals("board");
        };
    }
}

package studio.kiln.desktop.settings;

import java.util.Locale;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.ToggleButton;
import javafx.scene.control.ToggleGroup;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import studio.kiln.desktop.controls.PropertyList;
import studio.kiln.desktop.shell.Actions;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.StatusModel;
import studio.kiln.desktop.shell.Texts;
import studio.kiln.desktop.shell.ThemeChoice;
import studio.kiln.desktop.shell.Themes;

/** Appearance, the keyboard, and what this Kiln is made of. */
public final class SettingsView extends VBox {
    public SettingsView(Themes themes, Actions actions, StatusModel status) {
        getStyleClass().add("page");
        Label title = new Label(Texts.get("room.settings"));
        title.getStyleClass().add("title");
        HBox head = new HBox(title);
        head.getStyleClass().add("page-head");
        VBox all =
                new VBox(14, box("settings.look", theme(themes)), box("settings.keys", keys(actions)), about(status));
        all.setMaxWidth(760);
        ScrollPane scroll = new ScrollPane(all);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        VBox.setVgrow(scroll, Priority.ALWAYS);
        getChildren().addAll(head, scroll);
    }

    private static VBox box(String key, Node content) {
        Label title = new Label(Texts.get(key));
        title.getStyleClass().add("box-title");
        VBox box = new VBox(title, content);
        box.getStyleClass().add("box");
        box.setMinHeight(USE_PREF_SIZE);
        return box;
    }

    private static Node theme(Themes themes) {
        Label name = new Label(Texts.get("settings.theme"));
        Label text = new Label(Texts.get("settings.theme.text"));
        text.getStyleClass().add("secondary");
        VBox words = new VBox(2, name, text);
        words.setAlignment(Pos.CENTER_LEFT);
        HBox.setHgrow(words, Priority.ALWAYS);
        ToggleGroup one = new ToggleGroup();
        HBox choices = new HBox();
        choices.getStyleClass().add("segmented");
        choices.setMaxHeight(USE_PREF_SIZE);
        for (ThemeChoice choice : ThemeChoice.values()) {
            ToggleButton button = new ToggleButton(
                    Texts.get("settings.theme." + choice.name().toLowerCase(Locale.ROOT)),
                    Icons.of(
                            switch (choice) {
                                case SYSTEM -> Lucide.MONITOR;
                                case DARK -> Lucide.MOON;
                                case LIGHT -> Lucide.SUN;
                            },
                            14));
            button.setToggleGroup(one);
            button.setMinWidth(USE_PREF_SIZE);
            button.setOnAction(event -> {
                themes.choiceProperty().set(choice);
                button.setSelected(true);
            });
            themes.choiceProperty().subscribe(now -> button.setSelected(now == choice));
            choices.getChildren().add(button);
        }
        HBox line = new HBox(words, choices);
        line.getStyleClass().add("setting");
        return line;
    }

    private static Node keys(Actions actions) {
        VBox lines = new VBox(2);
        for (Actions.Action action : actions.list()) {
            if (action.keys() != null) {
                Label text = new Label(action.text());
                Region space = new Region();
                HBox.setHgrow(space, Priority.ALWAYS);
                Label keys = new Label(action.keysText());
                keys.getStyleClass().add("key");
                HBox line = new HBox(text, space, keys);
                line.setAlignment(Pos.CENTER_LEFT);
                line.setMinHeight(28);
                lines.getChildren().add(line);
            }
        }
        return lines;
    }

    private static Node about(StatusModel status) {
        PropertyList facts = new PropertyList();
        status.serverProperty()
                .subscribe(server -> facts.set(java.util.List.of(
                        java.util.Map.entry(
                                Texts.get("settings.version"), server == null ? Texts.get("none") : server.version()),
                        java.util.Map.entry(
                                Texts.get("farm.folder"),
                                server == null || server.dataFolder() == null
                                        ? Texts.get("none")
                                        : server.dataFolder()),
                        java.util.Map.entry(Texts.get("settings.licence"), Texts.get("settings.licence.text")),
                        java.util.Map.entry(Texts.get("settings.fonts"), Texts.get("settings.fonts.text")))));
        return box("settings.about", facts);
    }
}

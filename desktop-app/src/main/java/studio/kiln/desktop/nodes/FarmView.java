package studio.kiln.desktop.nodes;

import java.io.File;
import java.util.List;
import java.util.Map;
import javafx.collections.SetChangeListener;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.stage.FileChooser;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.ServerView;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.desktop.controls.EmptyState;
import studio.kiln.desktop.controls.PropertyList;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.StatusModel;
import studio.kiln.desktop.shell.Texts;

/** The engines as cards: version, containment, what each proved; above them who renders and how busy it is. */
public final class FarmView extends VBox {
    private final FarmModel model;
    private final VBox cards = new VBox(14);
    private final PropertyList server = new PropertyList();

    public FarmView(FarmModel model) {
        this.model = model;
        getStyleClass().add("page");
        Label title = new Label(Texts.get("room.farm"));
        title.getStyleClass().add("title");
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        Button add = new Button(Texts.get("farm.add"), Icons.of(Lucide.PLUS));
        add.getStyleClass().add("primary");
        add.setOnAction(event -> choose());
        HBox head = new HBox(title, space, add);
        head.getStyleClass().add("page-head");
        Label machine = new Label(Texts.get("farm.machine"), Icons.of(Lucide.MONITOR, 15));
        machine.getStyleClass().add("box-title");
        VBox box = new VBox(machine, server);
        box.getStyleClass().add("box");
        box.setMinHeight(USE_PREF_SIZE);
        VBox all = new VBox(14, box, cards);
        ScrollPane scroll = new ScrollPane(all);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        VBox.setVgrow(scroll, Priority.ALWAYS);
        getChildren().addAll(head, scroll);
        StatusModel status = model.status();
        status.serverProperty().subscribe(now -> {
            if (now != null) {
                server.set(facts(now));
            }
        });
        status.enginesProperty().subscribe(now -> fill());
        status.enginesReadProperty().subscribe(now -> fill());
        model.testing().addListener((SetChangeListener<String>) change -> fill());
    }

    private static List<Map.Entry<String, String>> facts(ServerView now) {
        List<Map.Entry<String, String>> facts = new java.util.ArrayList<>();
        facts.add(Map.entry(Texts.get("farm.slots"), StatusModel.slots(now)));
        if (now.dataFolder() != null) {
            facts.add(Map.entry(Texts.get("farm.folder"), now.dataFolder()));
        }
        facts.add(Map.entry(
                Texts.get("farm.disk"),
                Texts.get("farm.disk.text", Formats.bytes(now.dataBytes()), Formats.bytes(now.freeBytes()))));
        facts.add(Map.entry(Texts.get("farm.version"), now.version()));
        return facts;
    }

    private void fill() {
        List<EngineView> engines = model.status().enginesProperty().get();
        if (engines.isEmpty() && model.status().enginesReadProperty().get()) {
            cards.getChildren()
                    .setAll(new EmptyState(
                            Icons.of(Lucide.BOX, 52, "icon-faint"),
                            Texts.get("farm.empty"),
                            Texts.get("farm.empty.text"),
                            null));
            return;
        }
        cards.getChildren().setAll(engines.stream().map(this::card).toList());
    }

    private Node card(EngineView engine) {
        Label name = new Label(
                "Blender " + engine.version(),
                Icons.of(engine.backend().equals("docker") ? Lucide.CONTAINER : Lucide.TERMINAL, 17));
        name.setGraphicTextGap(9);
        name.getStyleClass().add("subtitle");
        Label how = new Label(engine.containment(), Icons.of(Lucide.SHIELD_CHECK, 14));
        how.getStyleClass().add("secondary");
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        boolean busy = model.testing().contains(engine.id());
        Button test = new Button(Texts.get(busy ? "farm.testing" : "farm.test"), Icons.of(Lucide.STETHOSCOPE, 14));
        test.setDisable(busy);
        test.setOnAction(event -> model.test(engine));
        HBox head = new HBox(12, name, how, space, test);
        head.setAlignment(Pos.CENTER_LEFT);
        if (engine.source().equals("added")) {
            Button remove = new Button("", Icons.of(Lucide.TRASH_2, 14));
            remove.getStyleClass().add("square");
            remove.setAccessibleText(Texts.get("farm.remove", engine.version()));
            remove.setOnAction(event -> model.remove(engine));
            head.getChildren().add(remove);
        }
        Label place = new Label(engine.place());
        place.getStyleClass().addAll("secondary", "mono");
        VBox card = new VBox(10, head, place);
        card.getStyleClass().add("box");
        card.setMinHeight(USE_PREF_SIZE);
        String problem = engine.problem();
        if (problem != null) {
            card.getChildren().add(mark(problem, false, true));
        }
        Capabilities proved = engine.capabilities();
        if (proved == null) {
            if (problem == null) {
                Label none = new Label(Texts.get("farm.unproved"));
                none.getStyleClass().add("secondary");
                card.getChildren().add(none);
            }
            return card;
        }
        FlowPane abilities = new FlowPane(16, 8);
        FarmModel.abilities(proved)
                .forEach(ability -> abilities.getChildren().add(mark(ability.text(), ability.works(), false)));
        card.getChildren().add(abilities);
        proved.problems().forEach(text -> card.getChildren().add(mark(text, false, true)));
        return card;
    }

    private static Label mark(String text, boolean works, boolean trouble) {
        Node icon = works
                ? Icons.of(Lucide.CIRCLE_CHECK, 14, "status-done", "status-icon")
                : trouble
                        ? Icons.of(Lucide.CIRCLE_ALERT, 14, "status-rendering", "status-icon")
                        : Icons.of(Lucide.CIRCLE_X, 14, "icon-faint");
        Label label = new Label(text, icon);
        label.setGraphicTextGap(7);
        label.getStyleClass().add("ability");
        if (!works && !trouble) {
            label.setAccessibleText(Texts.get("farm.lacks", text));
            label.getStyleClass().add("faint");
        }
        label.setWrapText(true);
        return label;
    }

    private void choose() {
        FileChooser chooser = new FileChooser();
        chooser.setTitle(Texts.get("farm.add.title"));
        File file = chooser.showOpenDialog(getScene().getWindow());
        if (file != null) {
            model.add(file.getAbsolutePath());
        }
    }
}

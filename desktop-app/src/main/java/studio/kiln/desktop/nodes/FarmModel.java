package studio.kiln.desktop.nodes;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import javafx.collections.FXCollections;
import javafx.collections.ObservableSet;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.desktop.library.ModelTexts;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;
import studio.kiln.desktop.shell.StatusModel;
import studio.kiln.desktop.shell.Texts;

/** The engines of the server, and what can be done with them. FX thread only. */
public final class FarmModel {
    private final ServerLink link;
    private final Background background;
    private final StatusModel status;
    private final ObservableSet<String> testing = FXCollections.observableSet();
    private Consumer<Problem> onRefused = refused -> {};

    public FarmModel(ServerLink link, Background background, StatusModel status) {
        this.link = link;
        this.background = background;
        this.status = status;
    }

    public StatusModel status() {
        return status;
    }

    /** Ids of the engines that are being tested. */
    public ObservableSet<String> testing() {
        return testing;
    }

    public void setOnRefused(Consumer<Problem> receiver) {
        onRefused = receiver;
    }

    /** Adds a Blender by the path of its executable or folder. */
    public void add(String path) {
        background.run(() -> link.client().addEngine(path), engine -> status.readEngines(), this::refused);
    }

    public void remove(EngineView engine) {
        background.run(
                () -> {
                    link.client().removeEngine(engine.id());
                    return engine;
                },
                gone -> status.readEngines(),
                this::refused);
    }

    /** Runs the self-test again; takes up to a minute. */
    public void test(EngineView engine) {
        if (!testing.add(engine.id())) {
            return;
        }
        background.run(
                () -> link.client().testEngine(engine.id()),
                tested -> {
                    testing.remove(engine.id());
                    status.readEngines();
                },
                problem -> {
                    testing.remove(engine.id());
                    refused(problem);
                });
    }

    private void refused(Problem problem) {
        onRefused.accept(problem);
    }

    /**
     * One thing that an engine can or cannot do.
     *
     * @param works whether it was proved
     */
    public record Ability(String text, boolean works) {}

    /** What the self-test proved, in the order in which people ask. */
    public static List<Ability> abilities(Capabilities proved) {
        List<Ability> list = new ArrayList<>();
        for (String engine : List.of("cycles", "eevee", "workbench")) {
            Boolean works = proved.engines().get(engine);
            if (works != null) {
                list.add(new Ability(ModelTexts.engineName(engine), works));
            }
        }
        list.add(new Ability(Texts.get("farm.denoiser"), !proved.denoisers().isEmpty()));
        list.add(new Ability(
                proved.gpus().isEmpty()
                        ? Texts.get("farm.gpu")
                        : proved.gpus().getFirst().name(),
                !proved.gpus().isEmpty()));
        List<String> formats = proved.importers().entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(entry -> "." + entry.getKey())
                .sorted()
                .toList();
        if (!formats.isEmpty()) {
            list.add(new Ability(Texts.get("farm.reads", String.join(" ", formats)), true));
        }
        List<String> codecs = proved.codecs().entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(entry -> entry.getKey().toUpperCase(Locale.ROOT))
                .sorted()
                .toList();
        if (!codecs.isEmpty()) {
            list.add(new Ability(Texts.get("farm.codecs", String.join(" ", codecs)), true));
        }
        return list;
    }
}

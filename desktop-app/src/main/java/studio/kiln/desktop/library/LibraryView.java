package studio.kiln.desktop.library;

import java.io.File;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javafx.collections.FXCollections;
import javafx.collections.ListChangeListener;
import javafx.collections.ObservableList;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.ToggleButton;
import javafx.scene.control.ToggleGroup;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.stage.DirectoryChooser;
import javafx.stage.FileChooser;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.desktop.controls.CardGrid;
import studio.kiln.desktop.controls.Drawing;
import studio.kiln.desktop.controls.EmptyState;
import studio.kiln.desktop.controls.SearchBox;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.ProblemView;
import studio.kiln.desktop.shell.Texts;

/** The library: cards in the middle, the inspector on the right. */
public final class LibraryView extends HBox {
    private final Inspector inspector;
    private static final double CARD = 196;

    private final LibraryModel model;
    private final Uploads uploads;
    private final CardGrid<LibraryItem> grid;
    private final SearchBox search;
    private final StackPane body = new StackPane();
    private final MenuButton add;

    /**
     * @param onRender opens the submit dialog for a model
     * @param onDelete asks before a model is removed
     */
    public LibraryView(
            LibraryModel model,
            Uploads uploads,
            Pictures pictures,
            Clock clock,
            BiConsumer<ModelView, ModelVersionView> onRender,
            Consumer<ModelView> onDelete) {
        this.model = model;
        this.uploads = uploads;
        Label title = new Label(Texts.get("room.library"));
        title.getStyleClass().add("title");
        title.setMinWidth(USE_PREF_SIZE);
        Label amount = new Label();
        amount.setMinWidth(0);
        amount.getStyleClass().add("muted");
        model.countsProperty().subscribe(counts -> {
            int number = counts.getOrDefault(LibraryModel.ALL, 0);
            amount.setText(number == 0 ? "" : Texts.get("library.amount", number, Formats.bytes(model.bytes())));
        });
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        search = new SearchBox(Texts.get("library.search"), "Ctrl F");
        search.setPrefWidth(240);
        search.setMinWidth(130);
        search.textProperty().bindBidirectional(model.searchProperty());
        add = new MenuButton(Texts.get("library.add"), Icons.of(Lucide.UPLOAD, 15));
        add.getStyleClass().addAll("button", "primary", "add-model");
        add.setId("add-model");
        add.setMinWidth(USE_PREF_SIZE);
        MenuItem file = new MenuItem(Texts.get("library.add.file"), Icons.of(Lucide.FILE_PLUS, 14));
        file.setOnAction(event -> chooseFiles());
        MenuItem folder = new MenuItem(Texts.get("library.add.folder"), Icons.of(Lucide.FOLDER_PLUS, 14));
        folder.setOnAction(event -> chooseFolder());
        add.getItems().addAll(file, folder);
        HBox head = new HBox(title, amount, space, search, add);
        head.getStyleClass().add("page-head");

        grid = new CardGrid<>(model.items(), () -> new ModelCard(pictures, uploads), CARD, ModelCard.FOOT);
        grid.selectedProperty().bindBidirectional(model.selectedProperty());
        grid.keyboardTarget().setAccessibleText(Texts.get("room.library"));
        grid.setOnOpen(item -> {
            ModelVersionView version = model.versionProperty().get();
            if (item instanceof LibraryItem.OfModel of
                    && version != null
                    && version.id().equals(of.model().versionId())
                    && version.state() == studio.kiln.core.api.VersionState.READY) {
                onRender.accept(of.model(), version);
            }
        });
        VBox.setVgrow(body, Priority.ALWAYS);
        // the scroll bar of the cards lies in the margin of the page
        VBox.setMargin(body, new Insets(0, -12, 0, 0));
        Runnable show = () -> showBody(model.loadingProperty().get());
        model.loadingProperty().subscribe(loading -> show.run());
        model.countsProperty().subscribe(counts -> show.run());
        model.items().addListener((ListChangeListener<LibraryItem>) change -> show.run());
        VBox page = new VBox(head, chips(), body);
        page.getStyleClass().add("page");
        HBox.setHgrow(page, Priority.ALWAYS);
        page.setMinWidth(0);
        inspector = new Inspector(model, pictures, clock, onRender, onDelete);
        getChildren().addAll(page, inspector);
    }

    /** Has the selected model offered to be shared. */
    public void setOnShare(Consumer<ModelView> onShare) {
        inspector.setOnShare(onShare);
    }

    /** Puts the keyboard into the search. */
    public void search() {
        search.field().requestFocus();
    }

    /** Asks for model files and brings them. */
    public void chooseFiles() {
        FileChooser chooser = new FileChooser();
        chooser.setTitle(Texts.get("library.add"));
        List<String> endings = new ArrayList<>();
        for (ModelFormat format : ModelFormat.values()) {
            endings.add("*." + format.word());
        }
        endings.add("*.zip");
        chooser.getExtensionFilters()
                .addAll(
                        new FileChooser.ExtensionFilter(Texts.get("library.add.kinds"), endings),
                        new FileChooser.ExtensionFilter(Texts.get("library.add.any"), "*"));
        List<File> files = chooser.showOpenMultipleDialog(getScene().getWindow());
        if (files != null) {
            bring(files.stream().map(File::toPath).toList());
        }
    }

    private void chooseFolder() {
        DirectoryChooser chooser = new DirectoryChooser();
        chooser.setTitle(Texts.get("library.add.folder"));
        File folder = chooser.showDialog(getScene().getWindow());
        if (folder != null) {
            bring(List.of(folder.toPath()));
        }
    }

    /** Brings these files and folders, each as a model. */
    public void bring(List<Path> sources) {
        model.filterProperty().set(LibraryModel.ALL);
        model.searchProperty().set("");
        sources.reversed().forEach(uploads::add);
    }

    private void showBody(LibraryModel.Loading loading) {
        Node now = switch (loading) {
            case BUSY -> model.isEmpty() ? skeletons() : grid;
            case FAILED ->
                new ProblemView(Objects.requireNonNull(model.problemProperty().get()), model::read);
            case READY -> model.isEmpty() ? empty() : model.items().isEmpty() ? nothingFound() : grid;
        };
        if (body.getChildren().isEmpty() || body.getChildren().getFirst() != now) {
            body.getChildren().setAll(now);
        }
    }

    private Node empty() {
        Button button = new Button(Texts.get("library.add"), Icons.of(Lucide.UPLOAD, 15));
        button.getStyleClass().add("primary");
        button.setOnAction(event -> chooseFiles());
        return new EmptyState(
                Drawing.shelf(),
                Texts.get("library.empty"),
                Texts.get("library.empty.text", ModelFormat.names()),
                button);
    }

    private Node nothingFound() {
        Button all = new Button(Texts.get("library.found.all"));
        all.setOnAction(event -> {
            model.searchProperty().set("");
            model.filterProperty().set(LibraryModel.ALL);
        });
        return new EmptyState(
                Icons.of(Lucide.SEARCH, 44, "icon-faint"),
                Texts.get("library.found.none"),
                Texts.get("library.found.none.text"),
                all);
    }

    private static Node skeletons() {
        ObservableList<Integer> places = FXCollections.observableArrayList();
        for (int i = 0; i < 8; i++) {
            places.add(i);
        }
        CardGrid<Integer> grid = new CardGrid<>(places, SkeletonCard::new, CARD, ModelCard.FOOT);
        grid.setMouseTransparent(true);
        grid.keyboardTarget().setAccessibleText(Texts.get("loading"));
        grid.keyboardTarget().setFocusTraversable(false);
        return grid;
    }

    private static final class SkeletonCard extends CardGrid.Card<Integer> {
        private final Region name = new Region();
        private final Region line = new Region();
        private final Region picture = new Region();

        SkeletonCard() {
            for (Region region : List.of(name, line, picture)) {
                region.getStyleClass().add("skeleton");
                getChildren().add(region);
            }
        }

        @Override
        protected void show(@Nullable Integer item) {
            // every skeleton looks the same
        }

        @Override
        protected void layoutChildren() {
            double height = getHeight() - ModelCard.FOOT;
            picture.resizeRelocate(1, 1, getWidth() - 2, height - 1);
            name.resizeRelocate(12, height + 13, getWidth() * 0.5, 11);
            line.resizeRelocate(12, height + 32, getWidth() * 0.7, 9);
        }
    }

    private HBox chips() {
        FlowPane chips = new FlowPane(8, 8);
        chips.setMinWidth(0);
        HBox.setHgrow(chips, Priority.ALWAYS);
        ToggleGroup one = new ToggleGroup();
        Map<String, ToggleButton> buttons = new LinkedHashMap<>();
        MenuButton order = new MenuButton();
        order.getStyleClass().add("chip");
        order.setMinWidth(USE_PREF_SIZE);
        for (LibraryModel.Order each : LibraryModel.Order.values()) {
            MenuItem item = new MenuItem(orderText(each));
            item.setOnAction(event -> model.orderProperty().set(each));
            order.getItems().add(item);
        }
        model.orderProperty().subscribe(now -> {
            order.setText(orderText(now));
            order.setAccessibleText(Texts.get("library.order", orderText(now)));
        });
        Runnable fill = () -> {
            Map<String, Integer> counts = model.countsProperty().get();
            List<String> wanted = new ArrayList<>();
            wanted.add(LibraryModel.ALL);
            for (ModelFormat format : ModelFormat.values()) {
                if (counts.getOrDefault(format.word(), 0) > 0) {
                    wanted.add(format.word());
                }
            }
            for (String special : List.of(LibraryModel.ANIMATED, LibraryModel.MISSING)) {
                if (counts.getOrDefault(special, 0) > 0) {
                    wanted.add(special);
                }
            }
            chips.getChildren().clear();
            for (String key : wanted) {
                ToggleButton chip = buttons.computeIfAbsent(key, k -> chip(k, one));
                chip.setText(chipText(key, counts.getOrDefault(key, 0)));
                chip.setSelected(key.equals(model.filterProperty().get()));
                chips.getChildren().add(chip);
            }
        };
        model.countsProperty().subscribe(counts -> fill.run());
        model.filterProperty().subscribe(filter -> fill.run());
        HBox line = new HBox(8, chips, order);
        chips.prefWrapLengthProperty()
                .bind(line.widthProperty().subtract(order.widthProperty()).subtract(8));
        line.setAlignment(Pos.TOP_LEFT);
        // nothing to filter, nothing to offer
        model.countsProperty().subscribe(counts -> {
            boolean some = counts.getOrDefault(LibraryModel.ALL, 0) > 0;
            line.setVisible(some);
            line.setManaged(some);
        });
        return line;
    }

    private static String orderText(LibraryModel.Order order) {
        return Texts.get("library.order." + order.name().toLowerCase(Locale.ROOT));
    }

    private static String chipText(String key, int count) {
        return switch (key) {
            case LibraryModel.ALL -> Texts.get("library.filter.all");
            case LibraryModel.ANIMATED -> Texts.get("library.filter.animated") + " " + Formats.number(count);
            case LibraryModel.MISSING -> Texts.get("library.filter.missing") + " " + Formats.number(count);
            default -> "." + key + " " + Formats.number(count);
        };
    }

    private ToggleButton chip(String key, ToggleGroup group) {
        ToggleButton chip = new ToggleButton();
        chip.getStyleClass().setAll("chip");
        chip.setToggleGroup(group);
        chip.setMinWidth(USE_PREF_SIZE);
        chip.setId("filter-" + key);
        if (key.equals(LibraryModel.ANIMATED)) {
            chip.setGraphic(Icons.of(Lucide.FILM, 13));
        } else if (key.equals(LibraryModel.MISSING)) {
            chip.setGraphic(Icons.of(Lucide.TRIANGLE_ALERT, 13));
            chip.getStyleClass().add("alarm");
        }
        chip.setOnAction(event -> {
            model.filterProperty().set(key);
            chip.setSelected(true);
        });
        return chip;
    }
}

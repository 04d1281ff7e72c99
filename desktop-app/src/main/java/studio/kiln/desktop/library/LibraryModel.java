package studio.kiln.desktop.library;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ListChangeListener;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.Page;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;

/** The models, kept by events; search, filter and order; and the version that the inspector shows. FX thread only. */
public final class LibraryModel {
    private static final int PAGE = 200;
    private static final int MOST = 10_000;

    /** How the first reading stands. */
    public enum Loading {
        BUSY,
        READY,
        FAILED
    }

    /** In which order the cards stand. */
    public enum Order {
        NEWEST(Comparator.comparing(ModelView::updatedAt).reversed()),
        NAME(Comparator.comparing(model -> model.name().toLowerCase(Locale.ROOT))),
        LARGEST(Comparator.comparingLong(ModelView::triangles).reversed());

        private final Comparator<ModelView> by;

        Order(Comparator<ModelView> by) {
            this.by = by;
        }
    }

    /** A filter of the chips: {@code all}, {@code animated}, {@code missing}, or a format's word. */
    public static final String ALL = "all";

    public static final String ANIMATED = "animated";
    public static final String MISSING = "missing";

    private final ServerLink link;
    private final Background background;
    private final Uploads uploads;
    private final Map<String, ModelView> byId = new LinkedHashMap<>();
    private final ObservableList<LibraryItem> items = FXCollections.observableArrayList();
    private final ObservableList<LibraryItem> itemsView = FXCollections.unmodifiableObservableList(items);
    private final Map<String, LibraryItem> cards = new HashMap<>();
    private final StringProperty search = new SimpleStringProperty(this, "search", "");
    private final StringProperty filter = new SimpleStringProperty(this, "filter", ALL);
    private final ObjectProperty<Order> order = new SimpleObjectProperty<>(this, "order", Order.NEWEST);
    private final ReadOnlyObjectWrapper<Map<String, Integer>> counts =
            new ReadOnlyObjectWrapper<>(this, "counts", Map.of());
    private final ReadOnlyObjectWrapper<Loading> loading = new ReadOnlyObjectWrapper<>(this, "loading", Loading.BUSY);
    private final ReadOnlyObjectWrapper<@Nullable Problem> problem = new ReadOnlyObjectWrapper<>(this, "problem");
    private final ObjectProperty<@Nullable LibraryItem> selected = new SimpleObjectProperty<>(this, "selected");
    private final ReadOnlyObjectWrapper<@Nullable ModelVersionView> version =
            new ReadOnlyObjectWrapper<>(this, "version");
    private Consumer<String> onThumbnail = versionId -> {};
    private Consumer<Problem> onRefused = refused -> {};
    private int reading;
    private @Nullable String wantedVersion;

    public LibraryModel(ServerLink link, Background background, Uploads uploads) {
        this.link = link;
        this.background = background;
        this.uploads = uploads;
        search.addListener((at, before, now) -> arrange());
        filter.addListener((at, before, now) -> arrange());
        order.addListener((at, before, now) -> arrange());
        uploads.all().addListener((ListChangeListener<Upload>) change -> arrange());
        selected.addListener((at, before, now) -> readVersion(now, false));
        link.listen(this::apply);
    }

    /** The cards: uploads first, then the models that search and filter let through. */
    public ObservableList<LibraryItem> items() {
        return itemsView;
    }

    public StringProperty searchProperty() {
        return search;
    }

    public StringProperty filterProperty() {
        return filter;
    }

    public ObjectProperty<Order> orderProperty() {
        return order;
    }

    /** How many models each filter lets through. */
    public ReadOnlyObjectProperty<Map<String, Integer>> countsProperty() {
        return counts.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<Loading> loadingProperty() {
        return loading.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable Problem> problemProperty() {
        return problem.getReadOnlyProperty();
    }

    public ObjectProperty<@Nullable LibraryItem> selectedProperty() {
        return selected;
    }

    /** The newest version of the selected model; null while it is read and when none is selected. */
    public ReadOnlyObjectProperty<@Nullable ModelVersionView> versionProperty() {
        return version.getReadOnlyProperty();
    }

    /** Bytes of the newest versions together. */
    public long bytes() {
        return byId.values().stream().mapToLong(ModelView::bytes).sum();
    }

    public boolean isEmpty() {
        return byId.isEmpty() && uploads.all().isEmpty();
    }

    /** Told of a version whose thumbnail may be there now. */
    public void setOnThumbnail(Consumer<String> receiver) {
        onThumbnail = receiver;
    }

    public void setOnRefused(Consumer<Problem> receiver) {
        onRefused = receiver;
    }

    /** Takes over what the server told. */
    public void apply(List<Change> changes) {
        boolean changed = false;
        for (Change change : changes) {
            switch (change) {
                case Change.OfModel of -> {
                    take(of.model());
                    changed = true;
                }
                case Change.ModelGone gone -> changed |= byId.remove(gone.id()) != null;
                case Change.Reset reset -> read();
                default -> {}
            }
        }
        if (changed) {
            arrange();
        }
    }

    /** Reads all models anew. */
    public void read() {
        int mine = ++reading;
        background.run(
                () -> {
                    List<ModelView> models = new ArrayList<>();
                    String cursor = null;
                    do {
                        Page<ModelView> page = link.client().models(null, cursor, PAGE);
                        models.addAll(page.items());
                        cursor = page.next();
                    } while (cursor != null && models.size() < MOST);
                    return models;
                },
                models -> {
                    if (mine != reading) {
                        return;
                    }
                    Set<String> known = models.stream().map(ModelView::id).collect(Collectors.toSet());
                    byId.keySet().retainAll(known);
                    models.forEach(this::take);
                    problem.set(null);
                    loading.set(Loading.READY);
                    arrange();
                },
                failure -> {
                    if (mine == reading && loading.get() != Loading.READY) {
                        problem.set(failure);
                        loading.set(Loading.FAILED);
                    }
                });
    }

    private void take(ModelView model) {
        ModelView before = byId.put(model.id(), model);
        if (model.thumbnail() && (before == null || !before.thumbnail())) {
            onThumbnail.accept(model.versionId());
        }
        if (selected.get() instanceof LibraryItem.OfModel now
                && now.model().id().equals(model.id())
                && !now.model().equals(model)) {
            readVersion(new LibraryItem.OfModel(model), true);
        }
    }

    /** Selects the model with this id as soon as its card is there. */
    public void select(String modelId) {
        LibraryItem card = cards.get(modelId);
        if (card != null) {
            selected.set(card);
        }
    }

    private void arrange() {
        String words = Objects.requireNonNullElse(search.get(), "").strip().toLowerCase(Locale.ROOT);
        List<LibraryItem> now = new ArrayList<>();
        uploads.all().forEach(upload -> now.add(cardOf(upload)));
        byId.values().stream()
                .filter(model -> lets(filter.get(), model))
                .filter(model -> words.isEmpty() || found(model, words))
                .sorted(order.get().by)
                .forEach(model -> now.add(cardOf(model)));
        if (!items.equals(now)) {
            items.setAll(now);
        }
        Map<String, Integer> count = new LinkedHashMap<>();
        for (ModelView model : byId.values()) {
            count.merge(ALL, 1, Integer::sum);
            count.merge(model.format(), 1, Integer::sum);
            if (model.animated()) {
                count.merge(ANIMATED, 1, Integer::sum);
            }
            if (model.missingFiles() > 0) {
                count.merge(MISSING, 1, Integer::sum);
            }
        }
        counts.set(count);
        keepSelection();
    }

    // the same model keeps the same card, so that grid and selection know it again
    private LibraryItem cardOf(ModelView model) {
        LibraryItem known = cards.get(model.id());
        if (known instanceof LibraryItem.OfModel card && card.model().equals(model)) {
            return known;
        }
        LibraryItem card = new LibraryItem.OfModel(model);
        cards.put(model.id(), card);
        return card;
    }

    private static LibraryItem cardOf(Upload upload) {
        return new LibraryItem.OfUpload(upload);
    }

    private void keepSelection() {
        LibraryItem now = selected.get();
        if (now instanceof LibraryItem.OfModel card) {
            LibraryItem newer =
                    byId.containsKey(card.model().id()) ? cards.get(card.model().id()) : null;
            if (newer != now) {
                selected.set(newer);
            }
        } else if (now != null && !items.contains(now)) {
            selected.set(null);
        }
    }

    private static boolean found(ModelView model, String words) {
        for (String word : words.split("\\s+")) {
            boolean hit = model.name().toLowerCase(Locale.ROOT).contains(word)
                    || ("." + model.format()).contains(word)
                    || model.tags().stream()
                            .anyMatch(tag -> tag.toLowerCase(Locale.ROOT).contains(word));
            if (!hit) {
                return false;
            }
        }
        return true;
    }

    private static boolean lets(String filter, ModelView model) {
        return switch (filter) {
            case ALL -> true;
            case ANIMATED -> model.animated();
            case MISSING -> model.missingFiles() > 0;
            default -> model.format().equals(filter);
        };
    }

    private void readVersion(@Nullable LibraryItem item, boolean again) {
        String id = item instanceof LibraryItem.OfModel card ? card.model().versionId() : null;
        if (id == null) {
            wantedVersion = null;
            version.set(null);
            return;
        }
        if (id.equals(wantedVersion) && !again) {
            return;
        }
        wantedVersion = id;
        ModelVersionView shown = version.get();
        if (shown != null && !shown.id().equals(id)) {
            version.set(null);
        }
        background.run(
                () -> link.client().version(id),
                now -> {
                    if (id.equals(wantedVersion)) {
                        version.set(now);
                    }
                },
                refused -> onRefused.accept(refused));
    }

    /** Takes a model out of the library. Tasks and results stay. */
    public void delete(ModelView model) {
        background.run(
                () -> {
                    link.client().deleteModel(model.id());
                    return model.id();
                },
                id -> {
                    byId.remove(id);
                    arrange();
                },
                refused -> onRefused.accept(refused));
    }
}

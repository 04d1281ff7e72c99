package studio.kiln.desktop.library;

import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.VersionState;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.controls.PropertyList;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** What is known of the selected model, and whether it can be rendered. */
final class Inspector extends VBox {
    private final LibraryModel model;
    private final Pictures pictures;
    private final Clock clock;
    private final Picture picture = new Picture(Picture.Fit.COVER, 8);
    private final Label name = new Label();
    private final Label origin = new Label();
    private final PropertyList facts = new PropertyList();
    private final Label checkTitle = new Label(Texts.get("library.check"));
    private final VBox checks = new VBox(9);
    private final Button render = new Button(Texts.get("library.render"), Icons.of(Lucide.FLAME, 15));
    private final Button share = new Button(Texts.get("share"), Icons.of(Lucide.USERS, 14));
    private @Nullable String shown;

    /**
     * @param onRender opens the submit dialog
     * @param onDelete asks before a model is removed
     */
    Inspector(
            LibraryModel model,
            Pictures pictures,
            Clock clock,
            BiConsumer<ModelView, ModelVersionView> onRender,
            Consumer<ModelView> onDelete) {
        this.model = model;
        this.pictures = pictures;
        this.clock = clock;
        getStyleClass().addAll("inspector", "on-panel");
        setId("inspector");
        picture.setMinHeight(178);
        picture.setPrefHeight(178);
        picture.setMaxHeight(178);
        picture.setPlaceholder(Icons.of(Lucide.BOX, 40, "icon-faint"));
        name.getStyleClass().add("subtitle");
        name.setWrapText(true);
        name.setMinHeight(USE_PREF_SIZE);
        origin.getStyleClass().add("secondary");
        origin.setWrapText(true);
        origin.setMinHeight(USE_PREF_SIZE);
        checkTitle.getStyleClass().add("section-title");
        VBox body = new VBox(12, picture, new VBox(4, name, origin), facts, checkTitle, checks);
        VBox.setMargin(checkTitle, new Insets(4, 0, -3, 0));
        body.setPadding(new Insets(0, 0, 8, 0));
        ScrollPane scroll = new ScrollPane(body);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        VBox.setVgrow(scroll, Priority.ALWAYS);
        render.getStyleClass().addAll("primary", "large");
        render.setId("render");
        render.setMaxWidth(Double.MAX_VALUE);
        render.setOnAction(event -> {
            ModelVersionView version = model.versionProperty().get();
            if (version != null && model.selectedProperty().get() instanceof LibraryItem.OfModel of) {
                onRender.accept(of.model(), version);
            }
        });
        Button delete = new Button(Texts.get("library.delete"), Icons.of(Lucide.TRASH_2, 14));
        delete.setMaxWidth(Double.MAX_VALUE);
        delete.setOnAction(event -> {
            if (model.selectedProperty().get() instanceof LibraryItem.OfModel of) {
                onDelete.accept(of.model());
            }
        });
        share.setMaxWidth(Double.MAX_VALUE);
        share.setVisible(false);
        share.managedProperty().bind(share.visibleProperty());
        getChildren().addAll(scroll, render, share, delete);
        setSpacing(10);
        model.selectedProperty()
                .subscribe(item -> draw(item, model.versionProperty().get()));
        model.versionProperty()
                .subscribe(version -> draw(model.selectedProperty().get(), version));
    }

    /** Has the inspector offer to share the model. */
    void setOnShare(Consumer<ModelView> onShare) {
        share.setVisible(true);
        share.setOnAction(event -> {
            if (model.selectedProperty().get() instanceof LibraryItem.OfModel of) {
                onShare.accept(of.model());
            }
        });
    }

    private void draw(@Nullable LibraryItem item, @Nullable ModelVersionView version) {
        boolean here = item instanceof LibraryItem.OfModel;
        setVisible(here);
        setManaged(here);
        if (!(item instanceof LibraryItem.OfModel of)) {
            return;
        }
        ModelView now = of.model();
        name.setText(now.name());
        if (!now.versionId().equals(shown)) {
            picture.setImage(null);
            shown = now.versionId();
        }
        if (now.thumbnail()) {
            String id = now.versionId();
            pictures.ofVersion(id, image -> {
                if (id.equals(shown)) {
                    picture.setImage(image);
                }
            });
        }
        boolean known = version != null && version.id().equals(now.versionId());
        render.setDisable(version == null || !known || version.state() != VersionState.READY);
        if (version == null || !known) {
            origin.setText(Texts.get("loading"));
            facts.getChildren().clear();
            checks.getChildren().setAll(skeleton(220), skeleton(180));
            return;
        }
        origin.setText(ModelTexts.origin(version, clock.instant(), ZoneId.systemDefault()));
        facts.set(ModelTexts.facts(version));
        List<ModelTexts.Check> list = ModelTexts.checks(version);
        checks.getChildren().setAll(list.stream().map(Inspector::line).toList());
        if (version.state() == VersionState.INSPECTING || version.state() == VersionState.UPLOADING) {
            checks.getChildren().setAll(skeleton(220), skeleton(180));
        }
        checkTitle.setVisible(!checks.getChildren().isEmpty());
    }

    private static Node skeleton(double width) {
        Region region = new Region();
        region.getStyleClass().add("skeleton");
        region.setMinSize(width, 12);
        region.setMaxSize(width, 12);
        return region;
    }

    /** One line with its mark. */
    static Node line(ModelTexts.Check check) {
        Label text = new Label(check.text());
        text.setWrapText(true);
        text.setMinHeight(USE_PREF_SIZE);
        text.setMaxWidth(Double.MAX_VALUE);
        HBox.setHgrow(text, Priority.ALWAYS);
        HBox line = new HBox(
                check.fine()
                        ? Icons.of(Lucide.CIRCLE_CHECK, 15, "status-done", "status-icon")
                        : Icons.of(Lucide.CIRCLE_ALERT, 15, "status-rendering", "status-icon"),
                text);
        line.getStyleClass().add("check");
        line.setAlignment(Pos.TOP_LEFT);
        return line;
    }
}

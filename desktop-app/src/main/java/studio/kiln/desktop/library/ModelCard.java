package studio.kiln.desktop.library;

import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ProgressBar;
import javafx.scene.control.Tooltip;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.util.Subscription;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelView;
import studio.kiln.desktop.controls.CardGrid;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Problem;
import studio.kiln.desktop.shell.Texts;

/** A model as a picture, its name, one fact and its version; or an upload with its progress. */
final class ModelCard extends CardGrid.Card<LibraryItem> {
    /** What a card adds below its picture, px. */
    static final double FOOT = 56;

    private final Pictures pictures;
    private final Uploads uploads;
    private final Picture picture = new Picture(Picture.Fit.COVER, 9, 0);
    private final Label name = new Label();
    private final Label version = new Label();
    private final Label line = new Label();
    private final ProgressBar bar = new ProgressBar();
    private final Button stop = new Button("", Icons.of(Lucide.X, 13));
    private final Button again = new Button(Texts.get("problem.retry"));
    private final Region ring = new Region();
    private final VBox foot;
    private Subscription following = Subscription.EMPTY;
    private @Nullable String shownVersion;

    ModelCard(Pictures pictures, Uploads uploads) {
        this.pictures = pictures;
        this.uploads = uploads;
        name.getStyleClass().add("card-name");
        name.setMaxWidth(Double.MAX_VALUE);
        name.setMinWidth(0);
        HBox.setHgrow(name, Priority.ALWAYS);
        version.getStyleClass().add("secondary");
        version.setMinWidth(USE_PREF_SIZE);
        line.getStyleClass().add("secondary");
        line.setMinWidth(0);
        line.setMaxWidth(Double.MAX_VALUE);
        HBox.setHgrow(line, Priority.ALWAYS);
        stop.getStyleClass().addAll("plain", "square");
        stop.setMinSize(20, 20);
        stop.setPrefSize(20, 20);
        again.getStyleClass().add("link");
        again.setMinWidth(USE_PREF_SIZE);
        bar.setMaxWidth(Double.MAX_VALUE);
        bar.setAccessibleText(Texts.get("library.progress"));
        HBox first = new HBox(8, name, version, stop);
        first.setAlignment(Pos.CENTER_LEFT);
        HBox second = new HBox(8, line, again);
        second.setAlignment(Pos.CENTER_LEFT);
        foot = new VBox(first, second);
        foot.getStyleClass().add("card-foot");
        ring.getStyleClass().add("card-ring");
        ring.setMouseTransparent(true);
        getChildren().addAll(picture, foot, bar, ring);
    }

    @Override
    protected void show(@Nullable LibraryItem item) {
        following.unsubscribe();
        following = Subscription.EMPTY;
        switch (item) {
            case null -> {
                shownVersion = null;
                picture.setImage(null);
            }
            case LibraryItem.OfModel of -> showModel(of.model());
            case LibraryItem.OfUpload of -> showUpload(of.upload());
        }
    }

    private void showModel(ModelView model) {
        visible(bar, false);
        visible(stop, false);
        visible(again, false);
        visible(version, true);
        name.setText(model.name());
        version.setText("v" + model.version());
        line.setText(ModelTexts.line(model));
        line.getStyleClass().remove("bad");
        if (ModelTexts.trouble(model)) {
            line.getStyleClass().add("bad");
        }
        line.setTooltip(model.problem() == null ? null : new Tooltip(model.problem()));
        setAccessibleText(model.name() + ", " + line.getText());
        if (!model.versionId().equals(shownVersion)) {
            picture.setImage(null);
        }
        shownVersion = model.versionId();
        picture.setPlaceholder(Icons.of(
                switch (model.state()) {
                    case UNUSABLE -> Lucide.FILE_WARNING;
                    case READY, UPLOADING, INSPECTING -> Lucide.BOX;
                },
                30,
                "icon-faint"));
        if (model.thumbnail()) {
            String id = model.versionId();
            pictures.ofVersion(id, image -> {
                if (id.equals(shownVersion)) {
                    picture.setImage(image);
                }
            });
        }
    }

    private void showUpload(Upload upload) {
        shownVersion = null;
        picture.setImage(null);
        visible(version, false);
        visible(stop, true);
        following = upload.nameProperty()
                .subscribe(text -> {
                    name.setText(text);
                    stop.setAccessibleText(Texts.get("library.cancel", text));
                    setAccessibleText(text);
                })
                .and(upload.shareProperty().subscribe(share -> draw(upload)))
                .and(upload.stageProperty().subscribe(stage -> draw(upload)));
        stop.setOnAction(event -> uploads.dismiss(upload));
        again.setOnAction(event -> uploads.retry(upload));
    }

    private void draw(Upload upload) {
        Upload.Stage stage = upload.stageProperty().get();
        boolean failed = stage == Upload.Stage.FAILED;
        visible(bar, !failed);
        visible(again, failed);
        bar.setProgress(
                stage == Upload.Stage.INSPECTING ? -1 : upload.shareProperty().get());
        picture.setPlaceholder(Icons.of(failed ? Lucide.FILE_WARNING : Lucide.UPLOAD, 30, "icon-faint"));
        line.getStyleClass().remove("bad");
        Problem problem = upload.problemProperty().get();
        if (failed && problem != null) {
            line.getStyleClass().add("bad");
            line.setText(problem.what());
            line.setTooltip(new Tooltip(problem.inOneLine()));
        } else {
            line.setTooltip(null);
            line.setText(
                    switch (stage) {
                        case READING -> Texts.get("library.reading");
                        case SENDING ->
                            Texts.get(
                                    "library.sending",
                                    Math.round(upload.shareProperty().get() * 100));
                        case INSPECTING -> Texts.get("library.inspecting");
                        case FAILED, DONE -> "";
                    });
        }
    }

    private static void visible(Region node, boolean visible) {
        node.setVisible(visible);
        node.setManaged(visible);
    }

    @Override
    protected void layoutChildren() {
        double height = getHeight() - FOOT;
        picture.resizeRelocate(1, 1, getWidth() - 2, height - 1);
        foot.resizeRelocate(0, height, getWidth(), FOOT);
        ring.resizeRelocate(0, 0, getWidth(), getHeight());
        bar.resizeRelocate(12, height - 18, getWidth() - 24, 6);
    }
}

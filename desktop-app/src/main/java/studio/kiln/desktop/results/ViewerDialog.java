package studio.kiln.desktop.results;

import java.util.Locale;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** The picture viewer over the whole window, with zoom, the pixel under the pointer, and the frames before and after. */
final class ViewerDialog extends BorderPane {
    private final PictureViewer viewer = new PictureViewer();

    ViewerDialog(TaskModel model, Runnable save, Runnable close) {
        getStyleClass().addAll("dialog-card", "viewer-dialog");
        setId("viewer");
        setMaxSize(Double.MAX_VALUE, Double.MAX_VALUE);
        viewer.imageProperty().bind(model.imageProperty());
        viewer.setAccessibleText(Texts.get("viewer.picture"));
        setCenter(viewer);
        Label title = new Label();
        title.getStyleClass().add("strong");
        Label about = new Label();
        about.getStyleClass().add("secondary");
        model.shownProperty().subscribe(result -> {
            title.setText(result == null ? "" : Texts.get("viewer.frame", Integer.toString(result.frame())));
            about.setText(
                    result == null
                            ? ""
                            : result.width() + " \u00d7 " + result.height() + " \u00b7 "
                                    + result.extension().toUpperCase(Locale.ROOT));
        });
        Label pixel = new Label();
        pixel.getStyleClass().addAll("secondary", "mono");
        viewer.pixelProperty().subscribe(at -> {
            var image = model.imageProperty().get();
            if (at == null || image == null) {
                pixel.setText("");
                return;
            }
            Color c = image.getPixelReader().getColor((int) at.getX(), (int) at.getY());
            pixel.setText(String.format(
                    Locale.ROOT,
                    "%4.0f, %4.0f   %.3f %.3f %.3f",
                    at.getX(),
                    at.getY(),
                    c.getRed(),
                    c.getGreen(),
                    c.getBlue()));
        });
        Label zoom = new Label();
        zoom.getStyleClass().add("secondary");
        zoom.setMinWidth(52);
        zoom.setAlignment(Pos.CENTER_RIGHT);
        viewer.zoomProperty().subscribe(now -> zoom.setText(Math.round(now.doubleValue() * 100) + " %"));
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        Button before = icon(Lucide.CHEVRON_LEFT, "viewer.before", () -> model.step(-1));
        Button after = icon(Lucide.CHEVRON_RIGHT, "viewer.after", () -> model.step(1));
        Button whole = text("viewer.fit", Lucide.SCAN, viewer::showWhole);
        Button pixels = text("viewer.pixels", Lucide.MAXIMIZE, viewer::showPixels);
        Button store = text("viewer.save", Lucide.DOWNLOAD, save);
        Button end = icon(Lucide.X, "close", close);
        HBox bar = new HBox(8, before, after, title, about, space, pixel, zoom, whole, pixels, store, end);
        bar.setAlignment(Pos.CENTER_LEFT);
        bar.getStyleClass().add("viewer-bar");
        setTop(bar);
        addEventFilter(KeyEvent.KEY_PRESSED, event -> {
            if (event.getCode() == KeyCode.LEFT) {
                model.step(-1);
                event.consume();
            } else if (event.getCode() == KeyCode.RIGHT) {
                model.step(1);
                event.consume();
            }
        });
    }

    Node firstFocus() {
        return viewer;
    }

    private static Button icon(Lucide icon, String key, Runnable run) {
        Button button = new Button("", Icons.of(icon, 15));
        button.getStyleClass().add("square");
        button.setAccessibleText(Texts.get(key));
        button.setOnAction(event -> run.run());
        return button;
    }

    private static Button text(String key, Lucide icon, Runnable run) {
        Button button = new Button(Texts.get(key), Icons.of(icon, 14));
        button.setMinWidth(USE_PREF_SIZE);
        button.setOnAction(event -> run.run());
        return button;
    }
}

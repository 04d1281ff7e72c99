package studio.kiln.desktop.results;

import javafx.beans.property.ObjectProperty;
import javafx.beans.property.ReadOnlyDoubleProperty;
import javafx.beans.property.ReadOnlyDoubleWrapper;
import javafx.beans.property.SimpleObjectProperty;
import javafx.geometry.Point2D;
import javafx.scene.Cursor;
import javafx.scene.image.Image;
import javafx.scene.image.ImageView;
import javafx.scene.input.KeyCode;
import javafx.scene.input.MouseButton;
import javafx.scene.layout.Region;
import javafx.scene.shape.Rectangle;
import org.jspecify.annotations.Nullable;

/**
 * A picture to look at closely: the wheel zooms about the pointer, dragging moves, 1 shows pixel for pixel, 0 the whole.
 * Enlarged pixels stay squares.
 */
final class PictureViewer extends Region {
    private static final double MOST = 64;

    private final ImageView view = new ImageView();
    private final ObjectProperty<@Nullable Image> image = new SimpleObjectProperty<>(this, "image");
    private final ReadOnlyDoubleWrapper zoom = new ReadOnlyDoubleWrapper(this, "zoom", 1);
    private final ObjectProperty<@Nullable Point2D> pixel = new SimpleObjectProperty<>(this, "pixel");
    private boolean fit = true;
    private double offsetX;
    private double offsetY;
    private double pressedX;
    private double pressedY;

    PictureViewer() {
        getStyleClass().add("viewer");
        setFocusTraversable(true);
        view.setManaged(false);
        getChildren().add(view);
        Rectangle clip = new Rectangle();
        clip.widthProperty().bind(widthProperty());
        clip.heightProperty().bind(heightProperty());
        setClip(clip);
        image.addListener((at, before, now) -> {
            view.setImage(now);
            boolean sameSize = before != null
                    && now != null
                    && before.getWidth() == now.getWidth()
                    && before.getHeight() == now.getHeight();
            if (!sameSize) {
                fit = true;
            }
            requestLayout();
        });
        setOnScroll(event -> {
            zoomTo(zoom.get() * Math.pow(1.0018, event.getDeltaY()), event.getX(), event.getY());
            event.consume();
        });
        setOnMousePressed(event -> {
            requestFocus();
            pressedX = event.getX() - offsetX;
            pressedY = event.getY() - offsetY;
            if (event.getButton() == MouseButton.PRIMARY && event.getClickCount() == 2) {
                if (fit) {
                    zoomTo(1, event.getX(), event.getY());
                } else {
                    showWhole();
                }
            }
        });
        setOnMouseDragged(event -> {
            if (!fit) {
                offsetX = event.getX() - pressedX;
                offsetY = event.getY() - pressedY;
                requestLayout();
            }
        });
        setOnMouseMoved(event -> pixel.set(pixelAt(event.getX(), event.getY())));
        setOnMouseExited(event -> pixel.set(null));
        setOnKeyPressed(event -> {
            if (event.getCode() == KeyCode.DIGIT0 || event.getCode() == KeyCode.NUMPAD0) {
                showWhole();
                event.consume();
            } else if (event.getCode() == KeyCode.DIGIT1 || event.getCode() == KeyCode.NUMPAD1) {
                showPixels();
                event.consume();
            } else if (event.getCode() == KeyCode.PLUS
                    || event.getCode() == KeyCode.ADD
                    || event.getCode() == KeyCode.EQUALS) {
                zoomTo(zoom.get() * 1.5, getWidth() / 2, getHeight() / 2);
                event.consume();
            } else if (event.getCode() == KeyCode.MINUS || event.getCode() == KeyCode.SUBTRACT) {
                zoomTo(zoom.get() / 1.5, getWidth() / 2, getHeight() / 2);
                event.consume();
            }
        });
    }

    ObjectProperty<@Nullable Image> imageProperty() {
        return image;
    }

    /** Screen pixels per pixel of the picture. */
    ReadOnlyDoubleProperty zoomProperty() {
        return zoom.getReadOnlyProperty();
    }

    /** The pixel under the pointer, or null. */
    ObjectProperty<@Nullable Point2D> pixelProperty() {
        return pixel;
    }

    /** The whole picture. */
    void showWhole() {
        fit = true;
        requestLayout();
    }

    /** One pixel of the picture on one of the screen. */
    void showPixels() {
        zoomTo(1, getWidth() / 2, getHeight() / 2);
    }

    private void zoomTo(double wanted, double x, double y) {
        Image now = image.get();
        if (now == null) {
            return;
        }
        double next = Math.clamp(wanted, Math.min(whole(now), 0.05), MOST);
        double imageX = (x - offsetX) / zoom.get();
        double imageY = (y - offsetY) / zoom.get();
        fit = false;
        zoom.set(next);
        offsetX = x - imageX * next;
        offsetY = y - imageY * next;
        requestLayout();
    }

    private double whole(Image now) {
        return Math.min(getWidth() / now.getWidth(), getHeight() / now.getHeight());
    }

    private @Nullable Point2D pixelAt(double x, double y) {
        Image now = image.get();
        if (now == null) {
            return null;
        }
        double px = Math.floor((x - offsetX) / zoom.get());
        double py = Math.floor((y - offsetY) / zoom.get());
        return px < 0 || py < 0 || px >= now.getWidth() || py >= now.getHeight() ? null : new Point2D(px, py);
    }

    @Override
    protected void layoutChildren() {
        Image now = image.get();
        if (now == null || getWidth() <= 0) {
            return;
        }
        if (fit) {
            // a small picture is not blown up
            zoom.set(Math.min(1, whole(now)));
        }
        double w = now.getWidth() * zoom.get();
        double h = now.getHeight() * zoom.get();
        if (fit || w <= getWidth()) {
            offsetX = Math.round((getWidth() - w) / 2);
        } else {
            offsetX = Math.clamp(offsetX, getWidth() - w, 0);
        }
        if (fit || h <= getHeight()) {
            offsetY = Math.round((getHeight() - h) / 2);
        } else {
            offsetY = Math.clamp(offsetY, getHeight() - h, 0);
        }
        view.setSmooth(zoom.get() < 2);
        view.setFitWidth(w);
        view.setFitHeight(h);
        view.relocate(offsetX, offsetY);
        setCursor(w > getWidth() || h > getHeight() ? Cursor.MOVE : Cursor.DEFAULT);
    }
}

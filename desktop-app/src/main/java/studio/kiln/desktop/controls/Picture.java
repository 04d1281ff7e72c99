package studio.kiln.desktop.controls;

import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.geometry.Rectangle2D;
import javafx.scene.Node;
import javafx.scene.image.Image;
import javafx.scene.image.ImageView;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import javafx.scene.shape.ArcTo;
import javafx.scene.shape.ClosePath;
import javafx.scene.shape.LineTo;
import javafx.scene.shape.MoveTo;
import javafx.scene.shape.Path;
import org.jspecify.annotations.Nullable;

/**
 * A picture in a frame of any size, with rounded corners. It fills the frame and is cut at the edges ({@link Fit#COVER})
 * or lies in it as a whole ({@link Fit#CONTAIN}). While there is no picture, an icon stands in its place.
 */
public final class Picture extends Region {
    /** How the picture lies in its frame. */
    public enum Fit {
        COVER,
        CONTAIN
    }

    private final ImageView view = new ImageView();
    private final ObjectProperty<@Nullable Image> image = new SimpleObjectProperty<>(this, "image");
    private final Fit fit;
    private final double[] corners;
    private @Nullable Node placeholder;

    /** @param radius of all four corners, px */
    public Picture(Fit fit, double radius) {
        this(fit, radius, radius);
    }

    /** @param top radius of the upper corners, px */
    public Picture(Fit fit, double top, double bottom) {
        this.fit = fit;
        this.corners = new double[] {top, bottom};
        getStyleClass().add("picture");
        setMinSize(0, 0);
        view.setSmooth(true);
        view.setPreserveRatio(false);
        view.setManaged(false);
        getChildren().add(view);
        image.addListener((at, before, now) -> {
            view.setImage(now);
            if (placeholder != null) {
                placeholder.setVisible(now == null);
            }
            requestLayout();
        });
    }

    public ObjectProperty<@Nullable Image> imageProperty() {
        return image;
    }

    public void setImage(@Nullable Image now) {
        image.set(now);
    }

    /** What stands in the middle while there is no picture. */
    public void setPlaceholder(Node node) {
        if (placeholder != null) {
            getChildren().remove(placeholder);
        }
        placeholder = node;
        node.setVisible(image.get() == null);
        getChildren().addFirst(node);
    }

    @Override
    protected void layoutChildren() {
        double width = getWidth();
        double height = getHeight();
        clip(width, height);
        if (placeholder != null) {
            double w = placeholder.prefWidth(-1);
            double h = placeholder.prefHeight(-1);
            placeholder.resizeRelocate(snapPositionX((width - w) / 2), snapPositionY((height - h) / 2), w, h);
        }
        Image now = image.get();
        if (now == null || now.getWidth() <= 0 || width <= 0 || height <= 0) {
            return;
        }
        if (fit == Fit.COVER) {
            double scale = Math.max(width / now.getWidth(), height / now.getHeight());
            double w = width / scale;
            double h = height / scale;
            view.setViewport(new Rectangle2D((now.getWidth() - w) / 2, (now.getHeight() - h) / 2, w, h));
            view.setFitWidth(width);
            view.setFitHeight(height);
            view.relocate(0, 0);
        } else {
            double scale = Math.min(width / now.getWidth(), height / now.getHeight());
            view.setViewport(null);
            view.setFitWidth(Math.max(1, Math.round(now.getWidth() * scale)));
            view.setFitHeight(Math.max(1, Math.round(now.getHeight() * scale)));
            view.relocate(Math.round((width - view.getFitWidth()) / 2), Math.round((height - view.getFitHeight()) / 2));
        }
    }

    private void clip(double w, double h) {
        double top = Math.min(corners[0], h / 2);
        double bottom = Math.min(corners[1], h / 2);
        if (top == 0 && bottom == 0) {
            setClip(null);
            return;
        }
        Path path = new Path(
                new MoveTo(top, 0),
                new LineTo(w - top, 0),
                new ArcTo(top, top, 0, w, top, false, true),
                new LineTo(w, h - bottom),
                new ArcTo(bottom, bottom, 0, w - bottom, h, false, true),
                new LineTo(bottom, h),
                new ArcTo(bottom, bottom, 0, 0, h - bottom, false, true),
                new LineTo(0, top),
                new ArcTo(top, top, 0, top, 0, false, true),
                new ClosePath());
        path.setFill(Color.BLACK);
        path.setStroke(null);
        setClip(path);
    }
}

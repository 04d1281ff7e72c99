package studio.kiln.desktop.controls;

import java.util.List;
import javafx.scene.layout.Region;
import javafx.scene.shape.Rectangle;

/** One bar that is cut into coloured parts from the left. The colours are those of the states. */
public final class SegmentBar extends Region {
    /**
     * One part.
     *
     * @param style the style class that names its state, for example {@code status-done}
     * @param share of the whole bar, 0 to 1
     */
    public record Segment(String style, double share) {}

    private static final double GAP = 1;
    private List<Segment> segments = List.of();

    public SegmentBar() {
        getStyleClass().add("segment-bar");
        setMinWidth(40);
        setPrefWidth(120);
        setMaxWidth(Double.MAX_VALUE);
    }

    public List<Segment> segments() {
        return segments;
    }

    /** Shows these parts, those without a share left out. The regions of earlier parts are used again. */
    public void set(List<Segment> parts) {
        List<Segment> now = parts.stream().filter(s -> s.share() > 0).toList();
        if (now.equals(segments)) {
            return;
        }
        segments = now;
        while (getChildren().size() > now.size()) {
            getChildren().removeLast();
        }
        while (getChildren().size() < now.size()) {
            getChildren().add(new Region());
        }
        for (int i = 0; i < now.size(); i++) {
            getChildren().get(i).getStyleClass().setAll("status-box", now.get(i).style());
        }
        requestLayout();
    }

    @Override
    protected void layoutChildren() {
        double width = getWidth();
        double height = getHeight();
        Rectangle clip = new Rectangle(width, height);
        clip.setArcWidth(height);
        clip.setArcHeight(height);
        setClip(clip);
        double total = 0;
        for (int i = 0; i < segments.size(); i++) {
            double from = snapPositionX(total * width);
            total = Math.min(1, total + segments.get(i).share());
            double to = snapPositionX(total * width);
            boolean last = i == segments.size() - 1;
            // a part that exists is seen, however small its share
            double w = Math.max(to - from - (last ? 0 : GAP), 2);
            getChildren().get(i).resizeRelocate(Math.min(from, Math.max(0, width - w)), 0, w, height);
        }
    }
}

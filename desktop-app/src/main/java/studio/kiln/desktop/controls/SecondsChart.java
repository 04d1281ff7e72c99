package studio.kiln.desktop.controls;

import java.util.List;
import javafx.scene.layout.Region;
import javafx.scene.shape.ClosePath;
import javafx.scene.shape.LineTo;
import javafx.scene.shape.MoveTo;
import javafx.scene.shape.Path;
import org.jspecify.annotations.Nullable;

/** Seconds per frame as bars: rendered, reused, and what is still to come as stubs. */
public final class SecondsChart extends Region {
    /**
     * One frame.
     *
     * @param seconds that it took, or null when it is still to come
     */
    public record Bar(@Nullable Double seconds, boolean reused) {}

    private static final double STUB = 10;
    private final Path rendered = path("bar-rendered");
    private final Path reused = path("bar-reused");
    private final Path open = path("bar-open");
    private List<Bar> bars = List.of();

    public SecondsChart() {
        getStyleClass().add("seconds-chart");
        getChildren().addAll(open, reused, rendered);
        setMinHeight(50);
    }

    public void set(List<Bar> now) {
        if (!now.equals(bars)) {
            bars = List.copyOf(now);
            requestLayout();
        }
    }

    private static Path path(String style) {
        Path path = new Path();
        path.getStyleClass().add(style);
        path.setManaged(false);
        path.setStroke(null);
        return path;
    }

    @Override
    protected void layoutChildren() {
        for (Path path : List.of(rendered, reused, open)) {
            path.getElements().clear();
        }
        double width = getWidth();
        double height = getHeight();
        if (bars.isEmpty() || width <= 0 || height <= 0) {
            return;
        }
        // where frames are more than there is room for, one bar stands for the slowest of several
        int perBar = (int) Math.max(1, Math.ceil(bars.size() / (width / 3)));
        int count = (bars.size() + perBar - 1) / perBar;
        double most = bars.stream()
                .filter(bar -> bar.seconds() != null)
                .mapToDouble(bar -> bar.seconds() == null ? 0 : bar.seconds())
                .max()
                .orElse(1);
        double step = Math.min(width / count, 26);
        double thick = Math.max(1, step - Math.max(1, step * 0.25));
        for (int i = 0; i < count; i++) {
            Bar slowest = bars.get(i * perBar);
            for (int j = i * perBar; j < Math.min(bars.size(), (i + 1) * perBar); j++) {
                if (seconds(bars.get(j)) > seconds(slowest)) {
                    slowest = bars.get(j);
                }
            }
            double x = Math.round(i * step);
            boolean done = slowest.seconds() != null;
            double h = done ? Math.max(3, seconds(slowest) / Math.max(most, 1e-6) * height) : STUB;
            bar(done ? slowest.reused() ? reused : rendered : open, x, height - h, thick, h);
        }
    }

    private static double seconds(Bar bar) {
        Double seconds = bar.seconds();
        return seconds == null ? -1 : seconds;
    }

    private static void bar(Path path, double x, double y, double w, double h) {
        path.getElements()
                .addAll(
                        new MoveTo(x, y),
                        new LineTo(x + w, y),
                        new LineTo(x + w, y + h),
                        new LineTo(x, y + h),
                        new ClosePath());
    }
}

package studio.kiln.desktop.controls;

import javafx.scene.Group;
import javafx.scene.layout.Pane;
import javafx.scene.shape.SVGPath;

/** The pictures of empty pages, drawn in outline so that they fit both themes. */
public final class Drawing extends Pane {
    private static final String OUTLINE = "outline";
    private static final String GLOW = "glow";
    private static final String LINE = "line";

    private Drawing(double width, double height, SVGPath... paths) {
        getStyleClass().add("drawing");
        getChildren().add(new Group(paths));
        setMinSize(width, height);
        setPrefSize(width, height);
        setMaxSize(width, height);
    }

    /** A shelf with three pots, one of them glowing: an empty library. */
    public static Drawing shelf() {
        return new Drawing(
                240,
                132,
                path("M4 122 H236", OUTLINE),
                path(
                        "M48 122 C26 122 24 84 40 70 C47 63 46 48 45 38 H57 C56 48 55 63 62 70 C78 84 76 122 54 122 Z",
                        OUTLINE),
                path("M170 84 H230 C228 106 218 122 200 122 C182 122 172 106 170 84 Z", OUTLINE),
                path(
                        "M104 122 C76 112 76 62 102 48 C106 44 106 34 104 26 H136 C134 34 134 44 138 48 C164 62 164 112 136 122 Z",
                        GLOW));
    }

    /** A kiln with its fire lit: an empty board. */
    public static Drawing kiln() {
        return new Drawing(
                220,
                132,
                path("M4 122 H216", OUTLINE),
                path("M150 40 V4 H164 V50 Z", OUTLINE),
                path("M44 122 V62 C44 28 76 10 110 10 C144 10 176 28 176 62 V122 Z", OUTLINE),
                path("M78 122 V80 C78 62 92 52 110 52 C128 52 142 62 142 80 V122 Z", GLOW),
                path(
                        "M110 114 C98 114 93 105 97 96 C100 89 107 86 108 74 C118 80 124 90 123 100 C122 109 117 114 110 114 Z",
                        LINE));
    }

    private static SVGPath path(String content, String style) {
        SVGPath path = new SVGPath();
        path.setContent(content);
        path.getStyleClass().add(style);
        return path;
    }
}

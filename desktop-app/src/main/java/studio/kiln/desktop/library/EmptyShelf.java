package studio.kiln.desktop.library;

import javafx.scene.Group;
import javafx.scene.layout.Pane;
import javafx.scene.shape.SVGPath;
import studio.kiln.desktop.shell.Texts;

/** The picture of an empty library: a shelf with three pots in outline, one of them glowing. */
final class EmptyShelf extends Pane {
    EmptyShelf() {
        getStyleClass().add("empty-shelf");
        setAccessibleText(Texts.get("library.empty"));
        SVGPath shelf = path("M4 122 H236", "outline");
        SVGPath bottle = path(
                "M48 122 C26 122 24 84 40 70 C47 63 46 48 45 38 H57 C56 48 55 63 62 70 C78 84 76 122 54 122 Z",
                "outline");
        SVGPath vase = path(
                "M104 122 C76 112 76 62 102 48 C106 44 106 34 104 26 H136 C134 34 134 44 138 48 C164 62 164 112 136 122 Z",
                "glow");
        SVGPath bowl = path("M170 84 H230 C228 106 218 122 200 122 C182 122 172 106 170 84 Z", "outline");
        Group all = new Group(shelf, bottle, bowl, vase);
        getChildren().add(all);
        setMinSize(240, 132);
        setPrefSize(240, 132);
        setMaxSize(240, 132);
    }

    private static SVGPath path(String content, String style) {
        SVGPath path = new SVGPath();
        path.setContent(content);
        path.getStyleClass().add(style);
        return path;
    }
}

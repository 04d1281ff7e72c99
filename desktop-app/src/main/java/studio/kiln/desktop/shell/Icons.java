package studio.kiln.desktop.shell;

import org.kordamp.ikonli.javafx.FontIcon;

/** Makes icons. Their colour comes from the style sheet. */
public final class Icons {
    private Icons() {}

    /** An icon of 16 px. */
    public static FontIcon of(Lucide icon) {
        return of(icon, 16);
    }

    /** An icon with the given edge length in px. */
    public static FontIcon of(Lucide icon, int size) {
        FontIcon node = new FontIcon(icon);
        // as a style: AtlantaFX sets a size for all icons, which wins over the setter
        node.setStyle(node.getStyle() + ";-fx-icon-size: " + size + "px;");
        return node;
    }

    /** An icon with style classes of its own, for example {@code icon-accent}. */
    public static FontIcon of(Lucide icon, int size, String... styles) {
        FontIcon node = of(icon, size);
        node.getStyleClass().addAll(styles);
        return node;
    }
}

package studio.kiln.desktop.shell;

import javafx.application.Application;
import javafx.application.ColorScheme;
import javafx.application.Platform;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.value.ChangeListener;
import javafx.scene.Scene;

/** Dresses a scene in the chosen theme and follows the system when that is the choice. FX thread only. */
public final class Themes {
    private final ObjectProperty<ThemeChoice> choice = new SimpleObjectProperty<>(this, "choice", ThemeChoice.SYSTEM);
    private final Scene scene;
    private final ChangeListener<ColorScheme> system = (at, before, now) -> apply();

    public Themes(Scene scene, ThemeChoice initial) {
        this.scene = scene;
        choice.set(initial);
        choice.addListener((at, before, now) -> apply());
        Platform.getPreferences().colorSchemeProperty().addListener(system);
        Fonts.load();
        apply();
    }

    public ObjectProperty<ThemeChoice> choiceProperty() {
        return choice;
    }

    /** The theme that is on now. */
    public Theme current() {
        return switch (choice.get()) {
            case DARK -> Theme.DARK;
            case LIGHT -> Theme.LIGHT;
            case SYSTEM -> Platform.getPreferences().getColorScheme() == ColorScheme.LIGHT ? Theme.LIGHT : Theme.DARK;
        };
    }

    /** From dark to light and back; from then on the choice is a person's, not the system's. */
    public void toggle() {
        choice.set(current() == Theme.DARK ? ThemeChoice.LIGHT : ThemeChoice.DARK);
    }

    /** Ends following the system. */
    public void dispose() {
        Platform.getPreferences().colorSchemeProperty().removeListener(system);
    }

    private void apply() {
        Theme theme = current();
        Application.setUserAgentStylesheet(theme.base());
        scene.getStylesheets().setAll(theme.sheets());
    }
}

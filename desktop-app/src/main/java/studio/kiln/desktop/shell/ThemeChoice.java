package studio.kiln.desktop.shell;

/** What a person chose: a theme, or the one of the system. */
public enum ThemeChoice {
    SYSTEM,
    DARK,
    LIGHT
}

package studio.kiln.desktop.shell;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.ResourceBundle;

/** Every sentence and word that the studio shows, by key. No other class holds text for people. */
public final class Texts {
    private static final ResourceBundle BUNDLE = ResourceBundle.getBundle("studio.kiln.desktop.texts");

    private Texts() {}

    /** The text of a key. Throws {@link MissingResourceException} for a key that does not exist. */
    public static String get(String key) {
        return BUNDLE.getString(key);
    }

    /** The text of a key with its places ({@code {0}}, {@code {1,choice,...}}) filled in. */
    public static String get(String key, Object... values) {
        return new MessageFormat(BUNDLE.getString(key), Locale.ENGLISH).format(values);
    }

    /** True when there is a text for the key. */
    public static boolean has(String key) {
        return BUNDLE.containsKey(key);
    }
}

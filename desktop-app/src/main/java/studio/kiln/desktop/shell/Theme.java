package studio.kiln.desktop.shell;

import atlantafx.base.theme.PrimerDark;
import atlantafx.base.theme.PrimerLight;
import java.util.List;
import java.util.Objects;

/** The two looks of the studio. The base is AtlantaFX; the tokens of each lie in one style sheet. */
public enum Theme {
    DARK("dark.css", new PrimerDark().getUserAgentStylesheet()),
    LIGHT("light.css", new PrimerLight().getUserAgentStylesheet());

    private static final String FOLDER = "/studio/kiln/desktop/look/";
    private final String tokens;
    private final String base;

    Theme(String tokens, String base) {
        this.tokens = tokens;
        this.base = base;
    }

    /** The style sheet of AtlantaFX, for {@code Application.setUserAgentStylesheet}. */
    public String base() {
        return base;
    }

    /** The style sheets of a scene in this theme: tokens first. */
    public List<String> sheets() {
        return List.of(url(tokens), url("kiln.css"));
    }

    private static String url(String name) {
        return Objects.requireNonNull(Theme.class.getResource(FOLDER + name), name)
                .toExternalForm();
    }
}

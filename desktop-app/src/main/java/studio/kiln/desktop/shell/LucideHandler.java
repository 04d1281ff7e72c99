package studio.kiln.desktop.shell;

import java.io.InputStream;
import java.net.URL;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.kordamp.ikonli.AbstractIkonHandler;
import org.kordamp.ikonli.Ikon;

/** Lets Ikonli find the {@link Lucide} icons and their font. Registered as a service. */
public final class LucideHandler extends AbstractIkonHandler {
    static final String PREFIX = "lucide-";
    private static final String FONT = "/studio/kiln/desktop/fonts/Lucide.ttf";
    private static final Map<String, Lucide> BY_DESCRIPTION =
            Arrays.stream(Lucide.values()).collect(Collectors.toMap(Lucide::getDescription, Function.identity()));

    @Override
    public boolean supports(String description) {
        return BY_DESCRIPTION.containsKey(description);
    }

    @Override
    public Ikon resolve(String description) {
        Lucide icon = BY_DESCRIPTION.get(description);
        if (icon == null) {
            throw new IllegalArgumentException("no such icon: " + description);
        }
        return icon;
    }

    @Override
    public URL getFontResource() {
        return java.util.Objects.requireNonNull(LucideHandler.class.getResource(FONT));
    }

    @Override
    public InputStream getFontResourceAsStream() {
        return java.util.Objects.requireNonNull(LucideHandler.class.getResourceAsStream(FONT));
    }

    @Override
    public String getFontFamily() {
        return "lucide";
    }
}

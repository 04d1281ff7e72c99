package studio.kiln.desktop.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import javafx.scene.text.Font;

/** Loads the bundled fonts. See {@code fonts/README.md} for where they come from. */
public final class Fonts {
    private static final List<String> FILES =
            List.of("KilnInter.ttf", "KilnInterMedium.ttf", "KilnInterSemiBold.ttf", "KilnMono.ttf");

    private Fonts() {}

    /** Makes the families {@code Kiln Inter}, {@code Kiln Inter Medium}, {@code Kiln Inter SemiBold} and {@code Kiln Mono} known. */
    public static void load() {
        for (String file : FILES) {
            try (InputStream in = Fonts.class.getResourceAsStream("/studio/kiln/desktop/fonts/" + file)) {
                Objects.requireNonNull(Font.loadFont(Objects.requireNonNull(in, file), 13), file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

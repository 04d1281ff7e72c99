package studio.kiln.desktop.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Font;
import java.awt.FontFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LookTest {
    private static final String FOLDER = "/studio/kiln/desktop/";
    private static final double ENOUGH = 4.5;
    private static final List<String> TEXTS = List.of(
            "text",
            "muted",
            "faint",
            "accent",
            "accent-text",
            "waiting",
            "queued",
            "rendering",
            "paused",
            "failed",
            "cancelled",
            "done",
            "reused");
    private static final List<String> GROUNDS = List.of("canvas", "panel", "raised", "hover", "field");

    @ParameterizedTest
    @ValueSource(strings = {"dark", "light"})
    void everyTextCanBeReadOnEveryGround(String theme) throws IOException {
        Map<String, String> tokens = tokens(theme);
        for (String text : TEXTS) {
            for (String ground : GROUNDS) {
                assertThat(contrast(tokens.get(text), tokens.get(ground)))
                        .as("%s on %s in the %s theme", text, ground, theme)
                        .isGreaterThanOrEqualTo(ENOUGH);
            }
        }
        assertThat(contrast(tokens.get("on-accent"), tokens.get("accent"))).isGreaterThanOrEqualTo(ENOUGH);
        assertThat(contrast(tokens.get("on-accent"), tokens.get("accent-hover")))
                .isGreaterThanOrEqualTo(ENOUGH);
        assertThat(contrast(tokens.get("accent-text"), tokens.get("accent-tint")))
                .isGreaterThanOrEqualTo(ENOUGH);
        assertThat(contrast(tokens.get("failed"), tokens.get("failed-tint"))).isGreaterThanOrEqualTo(ENOUGH);
        assertThat(contrast(tokens.get("on-surround-muted"), tokens.get("surround")))
                .isGreaterThanOrEqualTo(ENOUGH);
        assertThat(contrast(tokens.get("on-surround-accent"), tokens.get("over-picture")))
                .isGreaterThanOrEqualTo(ENOUGH);
    }

    @Test
    void bothThemesHaveTheSameTokensAndTheSheetUsesNoOthers() throws IOException {
        Set<String> dark = new TreeSet<>(tokens("dark").keySet());
        assertThat(new TreeSet<>(tokens("light").keySet())).isEqualTo(dark);

        Set<String> used = new TreeSet<>();
        Matcher names = Pattern.compile("-kiln-([a-z-]+)").matcher(read("look/kiln.css"));
        while (names.find()) {
            used.add(names.group(1));
        }
        used.remove("status");
        assertThat(dark).containsAll(used);
    }

    @Test
    void noColourIsWrittenOutsideTheTokens() throws IOException {
        assertThat(read("look/kiln.css"))
                .doesNotContainPattern("#[0-9a-fA-F]{3,8}\\b")
                .doesNotContain("rgb(");
    }

    @Test
    void everyIconIsInTheBundledFont() throws IOException, FontFormatException {
        try (InputStream in = LookTest.class.getResourceAsStream(FOLDER + "fonts/Lucide.ttf")) {
            Font font = Font.createFont(Font.TRUETYPE_FONT, in);
            for (Lucide icon : Lucide.values()) {
                assertThat(font.canDisplay(icon.getCode())).as(icon.name()).isTrue();
                assertThat(new LucideHandler().resolve(icon.getDescription())).isEqualTo(icon);
            }
        }
    }

    @Test
    void figuresOfTheTextFontAreAllOfOneWidth() throws IOException, FontFormatException {
        try (InputStream in = LookTest.class.getResourceAsStream(FOLDER + "fonts/KilnInter.ttf")) {
            Font font = Font.createFont(Font.TRUETYPE_FONT, in).deriveFont(100f);
            var context = new java.awt.font.FontRenderContext(null, true, true);
            Set<Integer> widths = new TreeSet<>();
            for (char figure = '0'; figure <= '9'; figure++) {
                widths.add((int) Math.round(font.createGlyphVector(context, String.valueOf(figure))
                                .getGlyphMetrics(0)
                                .getAdvance()
                        * 10));
            }
            assertThat(widths).hasSize(1);
        }
    }

    private static Map<String, String> tokens(String theme) throws IOException {
        Map<String, String> tokens = new HashMap<>();
        Matcher lines = Pattern.compile("-kiln-([a-z-]+): (#[0-9a-f]{6})[0-9a-f]{0,2};")
                .matcher(read("look/" + theme + ".css"));
        while (lines.find()) {
            tokens.put(lines.group(1), lines.group(2));
        }
        return tokens;
    }

    private static String read(String name) throws IOException {
        try (InputStream in = LookTest.class.getResourceAsStream(FOLDER + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    // WCAG 2.2, "contrast ratio" and "relative luminance"
    private static double contrast(String a, String b) {
        double one = luminance(a);
        double two = luminance(b);
        return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    }

    private static double luminance(String hex) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            double c = Integer.parseInt(hex.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
            sum += weights[i] * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
        }
        return sum;
    }
}

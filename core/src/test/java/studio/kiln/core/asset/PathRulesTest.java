package studio.kiln.core.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathRulesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.blend",
                "a/../../b",
                "/etc/passwd",
                "\\\\srv\\share\\x",
                "C:\\x",
                "c:/x",
                "a\\b",
                "a//b",
                "a/./b",
                "",
                "a/",
                "line\nbreak",
                "nul\0l",
                "..",
                "\u007f",
                "\ud800"
            })
    void paths_that_leave_the_folder_or_cannot_be_told_are_refused(String path) {
        assertThatThrownBy(() -> PathRules.check(path))
                .isInstanceOf(UnusablePath.class)
                .hasMessageEndingWith(".");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ünï códe 日本/scène 01.blend",
                "it's \"quoted\" & 100%#.blend",
                "emoji 🔥.glb",
                "CON.blend",
                "..hidden",
                "a..b/c...d",
                "tex.<UDIM>.png",
                "$(rm -rf x).blend"
            })
    void names_that_people_give_are_taken(String path) {
        assertThatCode(() -> PathRules.check(path)).doesNotThrowAnyException();
    }

    @Test
    void names_that_some_file_system_takes_for_one_are_refused_together() {
        assertThatThrownBy(() -> PathRules.check(List.of("tex/A.png", "tex/a.png")))
                .isInstanceOf(UnusablePath.class);
        assertThatThrownBy(() -> PathRules.check(List.of("e\u0301.blend", "\u00e9.blend")))
                .isInstanceOf(UnusablePath.class);
        assertThatThrownBy(() -> PathRules.check(List.of("a", "A/b"))).isInstanceOf(UnusablePath.class);
        assertThatThrownBy(() -> PathRules.check(List.of())).isInstanceOf(UnusablePath.class);
    }

    @Property
    void whatever_is_taken_stays_inside(
            @ForAll @StringLength(min = 1, max = 24) @CharRange(from = '.', to = '9') String path) {
        boolean taken;
        try {
            PathRules.check(path);
            taken = true;
        } catch (UnusablePath refused) {
            taken = false;
        }
        Path base = Path.of("/base");
        assertThat(taken && !base.resolve(path).normalize().startsWith(base)).isFalse();
    }
}

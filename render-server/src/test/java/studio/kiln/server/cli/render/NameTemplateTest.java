package studio.kiln.server.cli.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;

class NameTemplateTest {
    private static PictureName frame(int frame) {
        return new PictureName(frame, "", "", "", "m", "1", "png", "");
    }

    @ParameterizedTest
    @CsvSource({
        "7, 0007.png",
        "12345, 12345.png",
        "-5, -0005.png",
        "0, 0000.png",
    })
    void usualNamesHaveFourDigits(int frame, String name) {
        assertThat(NameTemplate.usual().name(frame(frame))).isEqualTo(name);
    }

    @Test
    void usualNamesTellVariantsLayersAndViewsApart() {
        assertThat(NameTemplate.usual().name(new PictureName(3, "Fore", "left", "red", "m", "1", "exr", "")))
                .isEqualTo("red/Fore/0003_left.exr");
    }

    @Test
    void aTemplateIsFilledFromEveryField() {
        NameTemplate template = NameTemplate.parse("{model}/{task}/{variant}-{layer}-{view}/s{frame:02}.{ext}");
        assertThat(template.name(new PictureName(3, "Fore", "left", "red", "chair", "12", "png", "")))
                .isEqualTo("chair/12/red-Fore-left/s03.png");
    }

    @ParameterizedTest
    @CsvSource({"{frame}.png, exr", "{frame}.exr, png", "a/{frame}.PNG, jpg", "{frame}.txt, png"})
    void aNameThatEndsOtherwiseThanThePictureIsIsRefused(String template, String extension) {
        assertThatThrownBy(() -> NameTemplate.parse(template).refuseOtherEnding(extension))
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("but the pictures are ." + extension + " files; end it with .{ext}");
    }

    @ParameterizedTest
    @CsvSource({"{frame}.png, png", "{frame}.PNG, png", "{frame}.jpeg, jpg", "{frame}.tiff, tif", "{frame}.{ext}, exr"})
    void anEndingThatThePictureHasMayBeWrittenOut(String template, String extension) {
        assertThatCode(() -> NameTemplate.parse(template).refuseOtherEnding(extension))
                .doesNotThrowAnyException();
    }

    @Test
    void whatAFileOutputNodeWroteKeepsItsOwnEnding() {
        assertThat(NameTemplate.parse("{frame:04}.png")
                        .name(new PictureName(1, "", "", "", "m", "1", "exr", "File Output")))
                .isEqualTo("nodes/File Output/0001.exr");
    }

    @Test
    void whatAFileOutputNodeWroteLiesInAFolderBesideThePicture() {
        assertThat(NameTemplate.parse("a/{frame:04}.{ext}")
                        .name(new PictureName(1, "", "", "", "m", "1", "png", "File Output")))
                .isEqualTo("a/nodes/File Output/0001.png");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  ",
                "../{frame}.{ext}",
                "a/../../{frame}.{ext}",
                "/abs/{frame}.{ext}",
                "C:/x/{frame}.{ext}",
                "~/{frame}.{ext}",
                "a//{frame}.{ext}",
                "a/",
                "./{frame}.{ext}",
                "a\\{frame}.{ext}",
                "{frme}.{ext}",
                "{frame:x}.{ext}",
                "{frame:00}.{ext}",
                "{layer:04}.{ext}",
                "{frame.{ext}",
                "frame}.{ext}",
                "a\nb{frame}.{ext}",
                "{frame:04}",
                "a.b/{frame:04}",
                "shot.{frame:04}",
                "{frame:04}{ext}",
                "{ext}",
            })
    void aTemplateThatLeavesTheFolderOrMakesNoSenseIsRefusedInOneSentence(String template) {
        assertThatThrownBy(() -> NameTemplate.parse(template)).isInstanceOfSatisfying(CliFailure.class, e -> {
            assertThat(e.exitCode()).isEqualTo(ExitCode.UNUSABLE);
            assertThat(e.getMessage()).endsWith(".").contains(template);
        });
    }

    @Test
    void severalFramesNeedTheirNumberInTheName() {
        NameTemplate template = NameTemplate.parse("still.{ext}");
        assertThatThrownBy(() -> template.refuseCollisions(Set.of(NameTemplate.Field.FRAME)))
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("{frame:04}");
        template.refuseCollisions(Set.of());
    }

    @Test
    void severalLayersNeedTheirNamesInTheName() {
        assertThatThrownBy(
                        () -> NameTemplate.parse("{frame:04}.{ext}").refuseCollisions(Set.of(NameTemplate.Field.LAYER)))
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("{layer}");
    }

    @Property(tries = 300)
    void noValueEverLeavesTheFolder(@ForAll String layer, @ForAll String model, @ForAll int frame) {
        Path folder = Path.of("/out");
        for (NameTemplate template : new NameTemplate[] {
            NameTemplate.usual(),
            NameTemplate.parse("{model}/{layer}/{frame:04}.{ext}"),
            NameTemplate.parse("{layer}{model}.{ext}")
        }) {
            String name = template.name(new PictureName(frame, layer, "", "", model, "1", "png", layer));
            Path target = folder.resolve(name);
            assertThat(target.normalize()).isEqualTo(target);
            assertThat(target.startsWith(folder)).isTrue();
            assertThat(name).doesNotContain("\\").doesNotStartWith("/");
        }
    }

    @Property(tries = 300)
    void framesNeverShareAName(
            @ForAll @IntRange(min = -2_000_000, max = 2_000_000) int a,
            @ForAll @IntRange(min = -2_000_000, max = 2_000_000) int b,
            @ForAll @IntRange(min = 1, max = 9) int digits) {
        NameTemplate template = NameTemplate.parse("{frame:0" + digits + "}.{ext}");
        assertThat(template.name(frame(a)).equals(template.name(frame(b)))).isEqualTo(a == b);
    }
}

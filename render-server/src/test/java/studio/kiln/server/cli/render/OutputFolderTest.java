package studio.kiln.server.cli.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;

class OutputFolderTest {
    private static final String MODEL = "model-1";

    @TempDir
    Path base;

    private Path out;
    private Path picture;

    @BeforeEach
    void aFolder() throws IOException {
        out = Files.createDirectory(base.resolve("out"));
        picture = out.resolve("0001.png");
    }

    private OutputFolder folder(boolean force) {
        return new OutputFolder(out, NameTemplate.usual(), force, base.resolve("home"));
    }

    private static PictureName frame(int frame) {
        return new PictureName(frame, "", "", "", "m", "", "png", "");
    }

    @Test
    void aForeignFileIsNamedBeforeAnythingRenders() throws IOException {
        Files.writeString(picture, "somebody's");
        assertThatThrownBy(() -> folder(false).refuseInTheWay(List.of(frame(1), frame(2)), MODEL, false))
                .isInstanceOfSatisfying(
                        CliFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.UNUSABLE))
                .hasMessageContaining(picture.toString())
                .hasMessageContaining("--force");
        assertThatThrownBy(() -> folder(false).judge(picture, Sha256.of("new"), MODEL))
                .isInstanceOf(CliFailure.class);
    }

    @Test
    void aLinkIsSomebodysAlsoWhereItLeadsNowhere() throws IOException {
        Files.createSymbolicLink(picture, base.resolve("nowhere"));
        assertThatThrownBy(() -> folder(false).refuseInTheWay(List.of(frame(1)), MODEL, true))
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("link");
        assertThatThrownBy(() -> folder(false).judge(picture, Sha256.of("new"), MODEL))
                .isInstanceOf(CliFailure.class);
        assertThat(folder(true).judge(picture, Sha256.of("new"), MODEL)).isEqualTo(OutputFolder.Verdict.WRITE);
    }

    @Test
    void aNameThatNoFileSystemTakesIsRefusedBeforeAnythingRenders() {
        OutputFolder folder =
                new OutputFolder(out, NameTemplate.parse("a".repeat(300) + ".{ext}"), false, base.resolve("home"));
        assertThatThrownBy(() -> folder.refuseInTheWay(List.of(frame(1)), MODEL, false))
                .isInstanceOfSatisfying(
                        CliFailure.class, e -> assertThat(e.code()).isEqualTo("BAD_NAME"));
    }

    @Test
    void forceAllowsIt() throws IOException {
        Files.writeString(picture, "somebody's");
        folder(true).refuseInTheWay(List.of(frame(1)), MODEL, false);
        assertThat(folder(true).judge(picture, Sha256.of("new"), MODEL)).isEqualTo(OutputFolder.Verdict.WRITE);
    }

    @Test
    void aFolderInTheWayIsRefusedEvenWithForce() throws IOException {
        Files.createDirectory(picture);
        assertThatThrownBy(() -> folder(true).refuseInTheWay(List.of(frame(1)), MODEL, false))
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("folder");
    }

    @Test
    void theSameBytesAreLeftWhereTheyAre() throws IOException {
        Files.writeString(picture, "picture");
        assertThat(folder(false).judge(picture, Sha256.of("picture"), MODEL)).isEqualTo(OutputFolder.Verdict.SAME);
    }

    @Test
    void anEarlierPictureOfTheSameModelMayBeReplaced() throws IOException {
        Files.writeString(picture, "first");
        folder(false).remember(picture, Sha256.of("first"), MODEL);
        OutputFolder later = folder(false);
        later.refuseInTheWay(List.of(frame(1)), MODEL, false);
        assertThat(later.judge(picture, Sha256.of("second"), MODEL)).isEqualTo(OutputFolder.Verdict.WRITE);
    }

    @Test
    void anEarlierPictureOfAnotherModelMayNot() throws IOException {
        Files.writeString(picture, "first");
        folder(false).remember(picture, Sha256.of("first"), MODEL);
        assertThatThrownBy(() -> folder(false).refuseInTheWay(List.of(frame(1)), "model-2", false))
                .isInstanceOf(CliFailure.class);
    }

    @Test
    void anEarlierPictureThatSomebodyChangedMayNot() throws IOException {
        Files.writeString(picture, "painted over");
        folder(false).remember(picture, Sha256.of("first"), MODEL);
        assertThatThrownBy(() -> folder(false).judge(picture, Sha256.of("second"), MODEL))
                .isInstanceOf(CliFailure.class);
    }

    @Test
    void layersWhoseNamesWouldBeOneFileNameAreToldApart() {
        OutputFolder folder = new OutputFolder(out, NameTemplate.usual(), false, base.resolve("home"));
        folder.tellLayersApart(List.of("fg", "FG", "a/b", "a:b", "plain", "plain"));
        assertThat(List.of("FG", "fg", "a/b", "a:b", "plain").stream()
                        .map(layer -> out.relativize(
                                        folder.target(new PictureName(1, layer, "", "", "m", "", "png", "")))
                                .toString()))
                .containsExactly("FG/0001.png", "fg 2/0001.png", "a_b/0001.png", "a_b 2/0001.png", "plain/0001.png");
        assertThat(folder.target(new PictureName(1, "", "", "", "m", "", "png", "")))
                .isEqualTo(out.resolve("0001.png"));
    }

    @Test
    void namesThatSomeSystemsTakeForOneAreRefused() {
        OutputFolder folder = new OutputFolder(out, NameTemplate.parse("{layer}.{ext}"), false, base.resolve("home"));
        assertThatThrownBy(() -> folder.refuseInTheWay(
                        List.of(
                                new PictureName(1, "Fore", "", "", "m", "", "png", ""),
                                new PictureName(1, "fore", "", "", "m", "", "png", "")),
                        MODEL,
                        false))
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("Two pictures");
    }

    @Test
    void aFileWhereTheFolderShouldBeIsRefused() throws IOException {
        Files.writeString(base.resolve("file"), "x");
        OutputFolder folder =
                new OutputFolder(base.resolve("file/deeper"), NameTemplate.usual(), false, base.resolve("home"));
        assertThatThrownBy(folder::refuseUnwritable)
                .isInstanceOf(CliFailure.class)
                .hasMessageContaining("is a file");
    }
}

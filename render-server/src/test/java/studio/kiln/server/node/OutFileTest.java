package studio.kiln.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.asset.Sha256;

class OutFileTest {
    @TempDir
    Path folder;

    private Path out;
    private Path to;

    @BeforeEach
    void makeFolders() throws IOException {
        out = Files.createDirectories(folder.resolve("out"));
        Files.createDirectories(out.resolve("mine/nodes/A"));
        Files.createDirectories(out.resolve("other"));
        Files.writeString(folder.resolve("secret"), "for the owner only");
        Files.writeString(out.resolve("other/1.png"), "of another attempt");
        to = folder.resolve("copy");
    }

    @Test
    void aFileOfTheAttemptIsCopiedWithItsDigest() throws Exception {
        Files.writeString(out.resolve("mine/nodes/A/1.png"), "picture");
        OutFile.Copied copied = OutFile.copy(out, "mine", "mine/nodes/A/1.png", to);
        assertThat(copied.sha256()).isEqualTo(Sha256.of("picture"));
        assertThat(copied.bytes()).isEqualTo(7);
        assertThat(to).hasContent("picture");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret",
                "mine/../other/1.png",
                "other/1.png",
                "/etc/passwd",
                "mine",
                "",
                "mine/gone.png",
                "mine/nodes"
            })
    void noOtherFileIsTaken(String path) {
        assertThatThrownBy(() -> OutFile.copy(out, "mine", path, to)).isInstanceOf(BadPicture.class);
        assertThat(to).doesNotExist();
    }

    @Test
    void noLinkIsFollowed() throws Exception {
        Files.createSymbolicLink(out.resolve("mine/link.png"), folder.resolve("secret"));
        Files.createSymbolicLink(out.resolve("mine/way"), out.resolve("other"));
        for (String path : new String[] {"mine/link.png", "mine/way/1.png"}) {
            assertThatThrownBy(() -> OutFile.copy(out, "mine", path, to)).isInstanceOf(BadPicture.class);
        }
        assertThat(to).doesNotExist();
    }
}

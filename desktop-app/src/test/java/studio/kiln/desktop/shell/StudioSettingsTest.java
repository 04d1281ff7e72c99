package studio.kiln.desktop.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudioSettingsTest {
    @TempDir
    Path folder;

    @Test
    void whatWasWrittenIsReadBack() throws IOException {
        Path file = folder.resolve("home").resolve("studio.json");
        StudioSettings settings =
                new StudioSettings(ThemeChoice.LIGHT, "board", new StudioSettings.Window(10, 20, 1300, 800, true));

        settings.write(file);

        assertThat(StudioSettings.read(file)).isEqualTo(settings);
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aDamagedOrMissingFileIsNoHindrance() throws IOException {
        Path file = folder.resolve("studio.json");
        assertThat(StudioSettings.read(file)).isEqualTo(StudioSettings.DEFAULT);

        Files.writeString(file, "{\"theme\":\"PURPLE");
        assertThat(StudioSettings.read(file)).isEqualTo(StudioSettings.DEFAULT);
    }

    @Test
    void whatALaterVersionAddedIsPassedOver() throws IOException {
        Path file = folder.resolve("studio.json");
        Files.writeString(file, "{\"theme\":\"DARK\",\"zoom\":2}");
        assertThat(StudioSettings.read(file).theme()).isEqualTo(ThemeChoice.DARK);
    }
}

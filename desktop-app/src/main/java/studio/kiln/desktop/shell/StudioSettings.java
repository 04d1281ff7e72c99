package studio.kiln.desktop.shell;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the studio remembers from one start to the next.
 *
 * @param room the room that was open
 * @param window where the window was, or null
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record StudioSettings(
        @Nullable ThemeChoice theme,
        @Nullable String room,
        @Nullable Window window) {
    private static final Logger LOG = LoggerFactory.getLogger(StudioSettings.class);
    private static final JsonMapper JSON = JsonMapper.shared();

    /** In screen units. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Window(double x, double y, double width, double height, boolean maximised) {}

    public static final StudioSettings DEFAULT = new StudioSettings(null, null, null);

    /** Reads the file; one that is missing or damaged gives {@link #DEFAULT}. */
    public static StudioSettings read(Path file) {
        if (!Files.exists(file)) {
            return DEFAULT;
        }
        try {
            return JSON.readValue(Files.readString(file), StudioSettings.class);
        } catch (IOException | JacksonException e) {
            LOG.warn("{} cannot be read and is ignored: {}", file, e.getMessage());
            return DEFAULT;
        }
    }

    /** Writes the file beside its place and moves it there. */
    public void write(Path file) throws IOException {
        Path folder = java.util.Objects.requireNonNull(file.toAbsolutePath().getParent());
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, "studio", ".part");
        Files.writeString(part, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this));
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}

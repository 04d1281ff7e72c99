package studio.kiln.server.cli.render;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;

/**
 * Remembers what this user's Kiln wrote into a folder, so that a later render of the same model may replace its own
 * pictures and nobody else's. Kept in the data folder, one file for each folder; when it is lost, files in the way are
 * taken for somebody else's.
 */
final class WrittenPictures {
    private static final Logger LOG = LoggerFactory.getLogger(WrittenPictures.class);

    private final Path memory;
    private final Map<String, List<String>> entries = new HashMap<>();

    /** @param folder that pictures are written to */
    WrittenPictures(Path dataFolder, Path folder) {
        this.memory = dataFolder
                .resolve("written")
                .resolve(Sha256.of(folder.toString()).hex().substring(0, 32) + ".tsv");
        try {
            if (Files.exists(memory)) {
                for (String line : Files.readAllLines(memory)) {
                    List<String> parts = List.of(line.split("\t", 3));
                    if (parts.size() == 3) {
                        entries.put(parts.get(2), parts);
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("What was written earlier cannot be read: {}", e.getMessage());
        }
    }

    /** Whether the file with that content was written here for that model. */
    synchronized boolean isOwn(String name, Sha256 content, String modelId) {
        List<String> entry = entries.get(name);
        return entry != null
                && entry.get(0).equals(content.hex())
                && entry.get(1).equals(modelId);
    }

    synchronized void remember(String name, Sha256 content, String modelId) {
        List<String> entry = List.of(content.hex(), modelId, name);
        if (entry.equals(entries.put(name, entry))) {
            return;
        }
        try {
            Files.createDirectories(memory.toAbsolutePath().getParent());
            Files.writeString(
                    memory,
                    String.join("\t", entry) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.debug("What was written cannot be remembered: {}", e.getMessage());
        }
    }
}

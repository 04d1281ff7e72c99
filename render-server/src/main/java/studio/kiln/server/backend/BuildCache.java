package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.blender.BlenderVersion;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Remembers version and build hash by fingerprint, so that only the first start asks each Blender. Losing the file costs a
 * second. Safe for any thread.
 */
final class BuildCache {
    private static final Logger LOG = LoggerFactory.getLogger(BuildCache.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();

    record Known(String version, String buildHash) {
        BlenderVersion parsed() {
            return BlenderVersion.parse(version);
        }
    }

    /** Finds out what is not known yet. */
    interface Question {
        Known ask() throws IOException;
    }

    private final Path file;
    private @Nullable Map<String, Known> known;

    BuildCache(Path file) {
        this.file = file;
    }

    Known get(String fingerprint, Question question) throws IOException {
        Known found = read().get(fingerprint);
        if (found == null) {
            found = question.ask();
            keep(fingerprint, found);
        }
        return found;
    }

    private synchronized Map<String, Known> read() {
        if (known == null) {
            known = new TreeMap<>();
            if (Files.exists(file)) {
                try {
                    known.putAll(MAPPER.readValue(file, new TypeReference<Map<String, Known>>() {}));
                } catch (JacksonException e) {
                    LOG.info("{} cannot be read and is made anew", file);
                }
            }
        }
        return Map.copyOf(known);
    }

    private synchronized void keep(String fingerprint, Known found) throws IOException {
        Map<String, Known> all = new TreeMap<>(read());
        all.put(fingerprint, found);
        known = all;
        Files.createDirectories(file.getParent());
        Path fresh = Files.createTempFile(file.getParent(), "builds", ".json");
        Files.write(fresh, MAPPER.writeValueAsBytes(all));
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}

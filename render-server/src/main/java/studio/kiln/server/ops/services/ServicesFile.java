package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import studio.kiln.core.api.ApiJson;

/**
 * What is known of the services of a folder: {@code services.json}, which nobody but its user may read.
 *
 * @param services by name
 */
public record ServicesFile(Map<String, Endpoint> services) {
    public ServicesFile {
        services = Map.copyOf(services);
    }

    public static Path place(Path folder) {
        return folder.resolve("services.json");
    }

    /** Without services when there is no file. */
    public static ServicesFile read(Path folder) throws IOException {
        try {
            return ApiJson.LENIENT.readValue(Files.readAllBytes(place(folder)), ServicesFile.class);
        } catch (NoSuchFileException e) {
            return new ServicesFile(Map.of());
        }
    }

    ServicesFile with(String name, Endpoint endpoint) {
        Map<String, Endpoint> changed = new TreeMap<>(services);
        changed.put(name, endpoint);
        return new ServicesFile(changed);
    }

    /** Puts it into place in one step. */
    void write(Path folder) throws IOException {
        Path temporary = folder.resolve("services.json.tmp");
        PrivateFiles.write(temporary, ApiJson.STRICT.writeValueAsString(this));
        Files.move(temporary, place(folder), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

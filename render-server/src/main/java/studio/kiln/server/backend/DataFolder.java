package studio.kiln.server.backend;

import java.nio.file.Path;
import studio.kiln.core.asset.Sha256;

/** Names a data folder, so that what was started for one is never taken for another's. */
final class DataFolder {
    private DataFolder() {}

    /** Twelve hexadecimal digits that are the same at each start. */
    static String id(Path home) {
        return Sha256.of(home.toAbsolutePath().normalize().toString()).hex().substring(0, 12);
    }
}

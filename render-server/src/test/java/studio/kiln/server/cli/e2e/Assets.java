package studio.kiln.server.cli.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The model files that tests render. */
public final class Assets {
    private static final List<Path> FOLDERS = List.of(
            Path.of("src", "test", "resources", "assets"),
            Path.of("..", "blender-scripts", "tests", "assets"),
            Path.of("..", "examples"));

    private Assets() {}

    /** The file or folder of that name. */
    public static Path path(String name) {
        return FOLDERS.stream()
                .map(folder -> folder.resolve(name).toAbsolutePath().normalize())
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no asset " + name));
    }
}

package studio.kiln.desktop.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;

/** Shows files in the file manager of the system. */
public final class Folders {
    private Folders() {}

    /** Opens the folder of a file, or a folder itself. */
    public static void show(Path path, Background background, Consumer<Problem> failed) {
        background.run(
                () -> new ProcessBuilder(command(path, System.getProperty("os.name", "")))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .pid(),
                pid -> {},
                problem -> failed.accept(new Problem(
                        Texts.get("folders.failed"),
                        path.toString(),
                        Texts.get("folders.failed.remedy"),
                        problem.details())));
    }

    static List<String> command(Path path, String system) throws IOException {
        Path real = path.toAbsolutePath();
        Path folder = Files.isDirectory(real) ? real : Objects.requireNonNull(real.getParent());
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return real.equals(folder)
                    ? List.of("explorer.exe", folder.toString())
                    : List.of("explorer.exe", "/select," + real);
        }
        if (name.startsWith("mac")) {
            return real.equals(folder) ? List.of("open", folder.toString()) : List.of("open", "-R", real.toString());
        }
        return List.of("xdg-open", folder.toString());
    }
}

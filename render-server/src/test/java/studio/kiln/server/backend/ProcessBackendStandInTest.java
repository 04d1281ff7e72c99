package studio.kiln.server.backend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Tag;

@Tag("contract")
class ProcessBackendStandInTest extends ProcessBackendContract {
    private static final Path PROGRAM = reachable();

    // Where the project lies may be a folder that only its owner may enter, and one way of isolation is another user.
    private static Path reachable() {
        try {
            Path folder = Files.createTempDirectory("standin");
            FolderRights.set(folder, "rwxr-xr-x");
            folder.toFile().deleteOnExit();
            Path program = Files.copy(StandIn.program(), folder.resolve("blender"), StandardCopyOption.COPY_ATTRIBUTES);
            program.toFile().deleteOnExit();
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    Path program() {
        return PROGRAM;
    }

    @Override
    SessionScripts scripts() {
        return StandIn.scripts();
    }

    @Override
    String put(Model model, Path in) throws IOException {
        String name = model.name().toLowerCase(java.util.Locale.ROOT) + ".blend";
        StandIn.put(
                in.resolve(name),
                "\"modes\": \""
                        + switch (model) {
                            case PLAIN -> "ok";
                            case SLOW -> "slow=30";
                            case FLOOD -> "flood";
                            case CRASH -> "segfault";
                        }
                        + "\"");
        return name;
    }
}

package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

@Tag("contract")
class ProcessBackendStandInTest extends ProcessBackendContract {
    @Override
    Path program() {
        return StandIn.program();
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

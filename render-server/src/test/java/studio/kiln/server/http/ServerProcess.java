package studio.kiln.server.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;

/** A server without a node as a process, for tests that kill it or give it little memory. */
final class ServerProcess {
    private ServerProcess() {}

    public static void main(String... args) throws Exception {
        ServerConfig config = ServerConfig.of(Map.of())
                .withHome(Path.of(args[0]))
                .withIdleLimit(Duration.parse(args[1]))
                .withoutNode();
        try (KilnServer server = KilnServer.start(config)) {
            server.awaitEnd();
        }
    }
}

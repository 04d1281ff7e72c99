package studio.kiln.server.cli;

import java.io.IOException;
import java.time.Duration;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;

/**
 * A server that renders nothing. The launcher runs it once after a build, in a data folder that it throws away, and a
 * few commands against it, so that Java can note which classes they load and start them quickly from then on.
 */
public final class Rehearsal {
    /** It ends when it is told to stop, and by itself when that is forgotten. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(5);

    private Rehearsal() {}

    public static void main(String... args) throws IOException, InterruptedException {
        ServerConfig config =
                ServerConfig.of(System.getenv()).withPort(0).withoutNode().withIdleLimit(FORGOTTEN);
        try (KilnServer server = KilnServer.start(config)) {
            server.awaitEnd();
        }
        System.exit(0);
    }
}

package studio.kiln.server.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;

/** {@code kiln serve}. */
@Command(
        name = "serve",
        description = {
            "Runs the server until Ctrl-C. It listens on the loopback only, until there are accounts.",
            "Other commands need none to be started: they start one by themselves.",
            ""
        },
        footer = {"", "Examples:", "  kiln serve", "  kiln serve --port 3100", "  KILN_HOME=/srv/kiln kiln serve"})
public final class ServeCommand implements Callable<Integer> {
    private static final int PORT = 3000;

    private final Surroundings here;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port of the loopback; 0 lets the system choose. Without it 3000 (also KILN_PORT).")
    @Nullable
    Integer port;

    @Option(
            names = "--background",
            hidden = true,
            description = "As commands start it: any port, and it ends by itself when nobody uses it.")
    boolean background;

    public ServeCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws InterruptedException {
        ServerConfig config = config();
        try (KilnServer server = KilnServer.start(config);
                Interruption.Scope scope = here.interruption().during(code -> server.close())) {
            if (!background) {
                here.err()
                        .println("Kiln serves " + config.home() + " at " + server.address()
                                + ". Ctrl-C ends it; work under way goes on at the next start.");
            }
            server.awaitEnd();
            return ExitCode.DONE;
        } catch (KilnServer.AlreadyOwned e) {
            throw new CliFailure(
                    background ? KilnServer.EXIT_OWNED : ExitCode.FAILED,
                    "ALREADY_RUNNING",
                    String.valueOf(e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new CliFailure(ExitCode.FAILED, "SERVER_NOT_STARTED", String.valueOf(e.getMessage()), e);
        }
    }

    private ServerConfig config() {
        try {
            ServerConfig config = ServerConfig.of(here.environment());
            if (background) {
                return config;
            }
            int chosen = port != null ? port : here.variable("KILN_PORT").isPresent() ? config.port() : PORT;
            return config.withPort(chosen).withIdleLimit(Duration.ZERO);
        } catch (IllegalArgumentException e) {
            throw CliFailure.unusable("BAD_USAGE", String.valueOf(e.getMessage()));
        }
    }
}

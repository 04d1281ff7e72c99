package studio.kiln.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.config.BadConfiguration;
import studio.kiln.server.ops.config.Configuration;

/** {@code kiln serve}. */
@Command(
        name = "serve",
        description = {
            "Runs the server until Ctrl-C. Without accounts it listens on the loopback only, for you alone,",
            "and other commands start one by themselves. With KILN_MODE=studio people have accounts.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  kiln serve",
            "  KILN_MODE=studio kiln serve --no-node",
            "  kiln serve --port 3100",
            "  KILN_HOME=/srv/kiln KILN_MODE=studio kiln serve",
            "  kiln serve --config /etc/kiln/kiln.yaml",
            "",
            "All that can be set is in docs/studio-mode.md: in one file, where 'kiln doctor --config FILE' tries it, and by",
            "variables that go before it, such as KILN_DATABASE_URL for 'url' in the group 'database'."
        })
public final class ServeCommand implements Callable<Integer> {
    private static final int PORT = 3000;

    private final Surroundings here;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration (also KILN_CONFIG). Without it kiln.yaml in the data folder, if there is one.")
    @Nullable
    Path file;

    @Option(
            names = "--port",
            paramLabel = "N",
            converter = Port.class,
            description = "Port; 0 lets the system choose. Without it 3000 (also KILN_PORT).")
    @Nullable
    Integer port;

    @Option(
            names = "--background",
            hidden = true,
            description = "As commands start it: any port, and it ends by itself when nobody uses it.")
    boolean background;

    @Option(
            names = "--insecure-http",
            description = "Listen beyond the loopback without encryption (also KILN_INSECURE_HTTP=1).")
    boolean insecureHttp;

    @Option(
            names = "--no-node",
            description = "Render nothing on this machine, only on nodes elsewhere (also KILN_RENDERS=no).")
    boolean noNode;

    @Option(
            names = "--new-admin",
            description = "Print a token that makes another administrator, when all passwords are lost.")
    boolean newAdmin;

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
                server.setupToken().ifPresent(token -> setUp(server, token));
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

    /** On the console and nowhere else: whoever can read it becomes an administrator. */
    private void setUp(KilnServer server, String token) {
        here.err().println("An administrator is made with this token, which works once:");
        here.err().println("  kiln login " + server.address() + " --setup " + token);
    }

    private ServerConfig config() {
        try {
            Configuration found = Configuration.read(file == null ? null : here.resolve(file), environment());
            ServerConfig config = found.server();
            if (newAdmin && config.entrance().accounts()) {
                config = config.withEntrance(config.entrance().withNewAdmin());
            }
            if (noNode) {
                config = config.withoutNode();
            }
            if (background) {
                return config;
            }
            int chosen = port != null ? port : found.variables().containsKey("KILN_PORT") ? config.port() : PORT;
            return config.withPort(chosen).withIdleLimit(Duration.ZERO);
        } catch (BadConfiguration e) {
            throw CliFailure.unusable("BAD_CONFIGURATION", String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw CliFailure.unusable("BAD_USAGE", String.valueOf(e.getMessage()));
        }
    }

    private Map<String, String> environment() {
        if (!insecureHttp) {
            return here.environment();
        }
        Map<String, String> all = new HashMap<>(here.environment());
        all.put("KILN_INSECURE_HTTP", "1");
        return all;
    }

    /** A TCP port, or 0. */
    static final class Port extends WholeNumber {
        Port() {
            super(0, 65_535);
        }
    }
}

package studio.kiln.desktop.shell;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.server.ServerLocator;
import studio.kiln.server.cli.Main;
import studio.kiln.server.cli.SavedLogins;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.ops.ServerConfig;

/** The one class of the studio that touches the server's own code; everything else goes through the client. */
public final class EmbeddedServer {
    private EmbeddedServer() {}

    /** The data folder: {@code KILN_HOME}, or the usual place of the system. */
    public static Path home() {
        return ServerConfig.home(System.getenv());
    }

    /**
     * The server that owns the data folder; one is started when there is none. It is a process of its own, so it goes on
     * when the window closes. Takes up to some seconds.
     */
    public static ServerAddress find(Path home) throws IOException {
        return ServerLocator.findOrStart(home);
    }

    /** The token of the session that {@code kiln login} has kept for a server; "" when there is none. */
    public static String savedToken(URI server) {
        return new SavedLogins(System.getenv())
                .token(ServerOptions.base(server.toString()))
                .orElse("");
    }

    /** Keeps a session for this user, as {@code kiln login} does. */
    public static void keep(ServerAddress address) {
        new SavedLogins(System.getenv()).save(address);
    }

    /** Runs a command of the terminal in this process, such as {@code demo}; gives its exit code. */
    public static int command(String... args) {
        return Main.run(args);
    }
}

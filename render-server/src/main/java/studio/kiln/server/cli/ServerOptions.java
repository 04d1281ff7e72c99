package studio.kiln.server.cli;

import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import studio.kiln.core.api.ServerAddress;

/** Which server a command speaks to. */
public final class ServerOptions {
    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "Use this server instead of your own on this machine (also KILN_SERVER).")
    @Nullable
    String server;

    @Option(
            names = "--token",
            paramLabel = "T",
            description = "Token for --server (also KILN_TOKEN). Without it that of 'kiln login'.")
    @Nullable
    String token;

    @Option(names = "--debug", description = "Show where in Kiln an error came from (also KILN_DEBUG=1).")
    boolean debug;

    /** The server that was named, or this user's own, started when it does not run. */
    public Connection connect(Surroundings here) {
        Optional<ServerAddress> named = named(here);
        if (named.isPresent()) {
            return new Connection(named.get());
        }
        try {
            return new Connection(here.finder().runningOrStarted(), here.finder());
        } catch (IOException e) {
            throw new CliFailure(ExitCode.NOTHING_RENDERS, "SERVER_NOT_STARTED", String.valueOf(e.getMessage()), e);
        }
    }

    /** As {@link #connect}, but starts none. */
    public Optional<Connection> connectIfRunning(Surroundings here) {
        return named(here)
                .map(Connection::new)
                .or(() -> here.finder().running().map(address -> new Connection(address, here.finder())));
    }

    /** The address that was given by option or variable. */
    public Optional<ServerAddress> named(Surroundings here) {
        String url = server != null ? server : here.variable("KILN_SERVER").orElse(null);
        if (url == null) {
            if (token != null) {
                throw CliFailure.unusable("BAD_USAGE", "--token goes with --server: name the server that it is for.");
            }
            return Optional.empty();
        }
        URI base = base(url);
        String given = token != null
                ? token
                : here.variable("KILN_TOKEN")
                        .or(() -> new SavedLogins(here).token(base))
                        .orElse("");
        return Optional.of(new ServerAddress(base, given));
    }

    /** The server that was named, the one that was signed in to last, or this user's own. */
    public Connection connectFarm(Surroundings here) {
        return named(here).or(new SavedLogins(here)::last).map(Connection::new).orElseGet(() -> connect(here));
    }

    /** The server that was named, or the one that was signed in to last. */
    public Connection connectStudio(Surroundings here) {
        return new Connection(named(here)
                .or(new SavedLogins(here)::last)
                .orElseThrow(() -> CliFailure.unusable(
                        "NOT_SIGNED_IN",
                        "You are signed in to no studio server. Sign in with 'kiln login URL', or name one with --server"
                                + " and --token.")));
    }

    /** The address of a server, without a path. */
    public static URI base(String url) {
        try {
            URI uri = new URI(url.strip());
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
                throw notAnAddress(url);
            }
            return new URI(scheme + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()));
        } catch (java.net.URISyntaxException e) {
            throw notAnAddress(url);
        }
    }

    private static CliFailure notAnAddress(String url) {
        return CliFailure.unusable(
                "BAD_USAGE", "'" + url + "' is not the address of a server; write for example http://127.0.0.1:3000.");
    }
}

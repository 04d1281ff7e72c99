package studio.kiln.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.server.ServerLocator;

/** The server that owns a data folder on this machine. */
final class LocalServer implements ServerFinder {
    private final Path home;

    LocalServer(Path home) {
        this.home = home;
    }

    @Override
    public Optional<ServerAddress> running() {
        return ServerLocator.find(home);
    }

    @Override
    public ServerAddress runningOrStarted() throws IOException {
        return ServerLocator.findOrStart(home);
    }
}

package studio.kiln.server.cli;

import java.io.IOException;
import java.util.Optional;
import studio.kiln.core.api.ServerAddress;

/** TEMPORARY until the locator is there. */
final class LocalServer implements ServerFinder {
    @Override
    public Optional<ServerAddress> running() {
        return Optional.empty();
    }

    @Override
    public ServerAddress runningOrStarted() throws IOException {
        throw new IOException("No server can be started.");
    }
}

package studio.kiln.server.cli;

import java.io.IOException;
import java.util.Optional;
import studio.kiln.core.api.ServerAddress;

/** Finds the server that owns this user's data folder. */
public interface ServerFinder {
    /** The server that runs and answers. */
    Optional<ServerAddress> running();

    /**
     * The server that runs, or one that is started now.
     *
     * @throws IOException when none could be started, with a sentence that says why
     */
    ServerAddress runningOrStarted() throws IOException;
}

package studio.kiln.server.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerAddress;

/** The line to a server, which can be found anew when a local server has been replaced. Safe for any thread. */
public final class Connection implements AutoCloseable {
    private final @Nullable ServerFinder finder;
    private volatile KilnClient client;

    /** To a server that was named. */
    public Connection(ServerAddress address) {
        this.finder = null;
        this.client = new KilnClient(address);
    }

    /** To this user's own server, which {@code finder} finds again. */
    public Connection(ServerAddress address, ServerFinder finder) {
        this.finder = finder;
        this.client = new KilnClient(address);
    }

    /** The client as of now; ask again after {@link #renew}. */
    public KilnClient client() {
        return client;
    }

    /** Whether the server is this user's own, on this machine. */
    public boolean isLocal() {
        return finder != null;
    }

    /**
     * Looks for the local server again, which may have another port now, and starts one when there is none. Does nothing
     * for a server that was named.
     */
    public synchronized void renew() throws IOException {
        if (finder == null) {
            return;
        }
        ServerAddress address = finder.runningOrStarted();
        if (!address.equals(client.address())) {
            KilnClient old = client;
            client = new KilnClient(address);
            old.close();
        }
    }

    @Override
    public void close() {
        client.close();
    }
}

package studio.kiln.server.ops.services;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a service answers, and which process it is. Address and password stay the same for as long as its data do.
 *
 * @param host always this machine
 * @param port 1 to 65535
 * @param database its name, for services that have several
 * @param process 0 when it was stopped
 * @param startedAt when the process began, by the system's word; null when it was stopped
 */
public record Endpoint(
        String host,
        int port,
        String user,
        String password,
        @Nullable String database,
        long process,
        @Nullable Instant startedAt) {
    private static final long CLOCK_TICKS_MS = 2_000;

    Endpoint runsAs(ProcessHandle handle) {
        return new Endpoint(
                host,
                port,
                user,
                password,
                database,
                handle.pid(),
                handle.info().startInstant().orElse(Instant.now()));
    }

    Endpoint stopped() {
        return new Endpoint(host, port, user, password, database, 0, null);
    }

    /** Its process, unless it has ended; another process with its number does not count. */
    java.util.Optional<ProcessHandle> running() {
        Instant began = startedAt;
        if (process == 0 || began == null) {
            return java.util.Optional.empty();
        }
        return ProcessHandle.of(process)
                .filter(ProcessHandle::isAlive)
                .filter(p -> p.info()
                        .startInstant()
                        .map(s -> Math.abs(s.toEpochMilli() - began.toEpochMilli()) < CLOCK_TICKS_MS)
                        .orElse(false));
    }

    /** Never shows the password. */
    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}

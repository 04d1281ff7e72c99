package studio.kiln.server.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import studio.kiln.core.api.EngineView;

/** Whether anything at a server can render. */
public final class EngineCheck {
    /** What the server says of an engine whose first test is under way. */
    private static final String TESTING = "It is being tested.";

    static final Duration LONGEST_PROOF = Duration.ofSeconds(90);

    private final Surroundings here;
    private final Connection connection;
    private final StatusLine status;

    public EngineCheck(Surroundings here, Connection connection, StatusLine status) {
        this.here = here;
        this.connection = connection;
        this.status = status;
    }

    /**
     * Waits until each engine has proved what it can, which takes a while at the first start in a data folder: which engine
     * is right for a file can only be said when all are known.
     *
     * @throws CliFailure with exit code 3 and what to do when there is no engine that can be used
     */
    public void refuseWhenNothingRenders() {
        List<EngineView> engines = settled();
        if (engines.stream().anyMatch(e -> e.problem() == null)) {
            return;
        }
        String found = engines.isEmpty()
                ? "there is no Blender, and no render image in a container engine"
                : engines.stream().map(e -> e.place() + ": " + e.problem()).collect(Collectors.joining("; "));
        throw new CliFailure(
                ExitCode.NOTHING_RENDERS,
                "NO_ENGINE",
                "Nothing "
                        + (connection.isLocal()
                                ? "here"
                                : "at " + connection.client().address()) + " can render: " + found + ". "
                        + Advice.blender(here));
    }

    /** All engines, once none is being tested any more; after a minute and a half as they are then. */
    List<EngineView> settled() {
        List<EngineView> engines = engines();
        long until = System.nanoTime() + LONGEST_PROOF.toNanos();
        while (engines.stream().anyMatch(EngineCheck::isBeingTested) && System.nanoTime() < until) {
            status.show("Looking what the Blenders here can do (only the first time)\u2026");
            pause();
            engines = engines();
        }
        status.clear();
        return engines;
    }

    // Of a server that was named nobody knows yet whether it is there at all.
    private List<EngineView> engines() {
        if (!connection.isLocal()) {
            return connection.client().engines();
        }
        try {
            return new Patience(connection, status)
                    .with(() -> connection.client().engines());
        } catch (IOException e) {
            throw new CliFailure(ExitCode.INTERRUPTED, "INTERRUPTED", "Interrupted.", e);
        }
    }

    /** Whether it is not known yet what the engine can do. */
    static boolean isBeingTested(EngineView engine) {
        return engine.capabilities() == null
                && (engine.problem() == null || engine.problem().equals(TESTING));
    }

    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(150);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliFailure(ExitCode.INTERRUPTED, "INTERRUPTED", "Interrupted.", e);
        }
    }
}

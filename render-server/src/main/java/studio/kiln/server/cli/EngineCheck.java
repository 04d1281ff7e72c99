package studio.kiln.server.cli;

import java.util.List;
import java.util.stream.Collectors;
import studio.kiln.core.api.EngineView;

/** Whether anything at a server can render. */
public final class EngineCheck {
    private final Connection connection;

    public EngineCheck(Connection connection) {
        this.connection = connection;
    }

    /** @throws CliFailure with exit code 3 and what to do when there is no engine that can be used */
    public void refuseWhenNothingRenders() {
        List<EngineView> engines = connection.client().engines();
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
                        + Advice.blender());
    }
}

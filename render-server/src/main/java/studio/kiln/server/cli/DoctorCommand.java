package studio.kiln.server.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.ServerView;
import studio.kiln.server.ops.Finding;
import studio.kiln.server.ops.config.BadConfiguration;
import studio.kiln.server.ops.config.Configuration;
import studio.kiln.server.ops.config.Probes;

/** {@code kiln doctor}. */
@Command(
        name = "doctor",
        description = {
            "Looks whether everything is there that Kiln needs, and gives for each gap the command that closes it.",
            "With --config it talks instead to each component that a server's configuration names: database, broker,",
            "Redis, store and certificate, and says which right or version is missing.",
            ""
        },
        footer = {
            "",
            "Exit codes: 0 it can render, or its Blenders are still being tested; 3 nothing here can render.",
            "With --config: 0 a server can run by it, 1 it cannot, 2 the configuration has mistakes.",
            "",
            "Examples:",
            "  kiln doctor",
            "  kiln doctor --json",
            "  kiln doctor --config /etc/kiln/kiln.yaml"
        })
public final class DoctorCommand implements Callable<Integer> {
    private final Surroundings here;

    @Option(names = "--json", description = "Print a JSON object.")
    boolean json;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Try the components of this configuration of a server, and nothing else.")
    @Nullable
    Path config;

    @Mixin
    ServerOptions server = new ServerOptions();

    public DoctorCommand(Surroundings here) {
        this.here = here;
    }

    /** What {@code --json} prints. */
    private record Report(boolean canRender, List<Finding> findings, List<EngineView> engines) {}

    @Override
    public Integer call() {
        return config == null ? machine() : components(here.resolve(config));
    }

    /** What {@code --config --json} prints. */
    private record Components(boolean canServe, List<Finding> findings) {}

    private int components(Path file) {
        List<Finding> findings;
        try {
            findings = Probes.all(Configuration.read(file, here.environment()));
        } catch (BadConfiguration e) {
            throw CliFailure.unusable("BAD_CONFIGURATION", String.valueOf(e.getMessage()));
        }
        boolean canServe = findings.stream().noneMatch(f -> f.state() == Finding.State.GAP);
        if (json) {
            here.out().println(Json.pretty(new Components(canServe, findings)));
        } else {
            print(findings, canServe ? "A server can run by this." : "A server cannot run by this yet.");
        }
        return canServe ? ExitCode.DONE : ExitCode.FAILED;
    }

    private int machine() {
        List<Finding> findings = new ArrayList<>(MachineFindings.all(here));
        List<EngineView> engines = List.of();
        try (Connection connection = server.connect(here)) {
            ServerView view = connection.client().server();
            findings.add(Finding.good(
                    "server",
                    view.version() + " at " + connection.client().address() + ", "
                            + Text.count(view.slots(), "slot") + ", "
                            + Text.count(view.openTasks(), "open task")));
            findings.add(MachineFindings.disk(view.freeBytes(), view.dataBytes(), view.dataFolder()));
            engines = new EngineCheck(here, connection, new StatusLine(here, json)).settled();
            findings.addAll(engines(engines));
        } catch (RuntimeException e) {
            findings.add(Finding.gap("server", Failures.of(e).getMessage(), "kiln serve   # and read what it says"));
        }
        boolean canRender = engines.stream().anyMatch(e -> e.problem() == null);
        boolean testing = engines.stream().anyMatch(EngineCheck::isBeingTested);
        if (json) {
            here.out().println(Json.pretty(new Report(canRender, findings, engines)));
        } else {
            print(
                    findings,
                    canRender
                            ? "Kiln can render here."
                            : testing
                                    ? "The Blenders here are still being tested; look again in a minute."
                                    : "Nothing here can render yet.");
        }
        return canRender || testing ? ExitCode.DONE : ExitCode.NOTHING_RENDERS;
    }

    private List<Finding> engines(List<EngineView> engines) {
        if (engines.isEmpty()) {
            return List.of(Finding.gap("engine", "no Blender was found", Advice.blender(here)));
        }
        List<Finding> findings = new ArrayList<>();
        for (EngineView engine : engines) {
            String what = "Blender " + engine.version() + " (" + engine.backend() + ", " + engine.place()
                    + "), shut in by " + engine.containment() + ": " + EnginesCommand.proved(engine);
            findings.add(
                    engine.problem() == null
                            ? Finding.good("engine", what)
                            : EngineCheck.isBeingTested(engine)
                                    ? Finding.note("engine", what)
                                    : Finding.gap("engine", what, "kiln engines test " + engine.id()));
        }
        boolean gpu = engines.stream()
                .anyMatch(e ->
                        e.capabilities() != null && !e.capabilities().gpus().isEmpty());
        findings.add(
                gpu
                        ? Finding.good("gpu", "Cycles can use it")
                        : Finding.note("gpu", "none that an engine can use; Cycles renders on the CPU"));
        return findings;
    }

    private void print(List<Finding> findings, String conclusion) {
        for (Finding finding : findings) {
            String mark = switch (finding.state()) {
                case GOOD -> "ok  ";
                case NOTE -> "note";
                case GAP -> "GAP ";
            };
            here.out().println(String.format("%s  %-17s %s", mark, finding.what(), finding.found()));
            Optional.ofNullable(finding.remedy())
                    .ifPresent(remedy -> here.out().println(" ".repeat(24) + "\u2192 " + remedy));
        }
        here.out().println();
        here.out().println(conclusion);
    }
}

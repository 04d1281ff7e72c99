package studio.kiln.server.cli.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln bench scheduler}. */
@Command(
        name = "scheduler",
        description = {
            "How many chunks a second the scheduler takes through their whole life: claim, start, one published output,"
                    + " completion. Real database, state machine, queue and events; nodes and their pictures are simulated.",
            "",
            "100 owners, 1,000 tasks, 4 pools; a node may have 80 %% of the tasks and is blocked for 5 %% of them. Measured"
                    + " at each number of waiting chunks; all rows that the lifecycles left are counted afterwards.",
            "",
            "Uses data of its own, which it removes; with --studio also a MariaDB, a RabbitMQ and a Redis of its own, as"
                    + " 'kiln services up' starts them.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  kiln bench scheduler",
            "  kiln bench scheduler --studio --json",
            "  kiln bench scheduler --waiting 2000 --lifecycles 500"
        })
public final class SchedulerCommand implements Callable<Integer> {
    private static final int LEAST_EMBEDDED = 500;
    private static final int LEAST_STUDIO = 300;
    private static final double LEAST_OF_FIRST = 0.8;

    private final Surroundings here;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Option(names = "--studio", description = "With MariaDB, RabbitMQ and Redis instead of H2 alone.")
    boolean studio;

    @Option(
            names = "--waiting",
            paramLabel = "N",
            split = ",",
            converter = Waiting.class,
            description = "Chunks that wait while it is measured (default: ${DEFAULT-VALUE}).")
    List<Integer> waiting = List.of(10_000, 100_000);

    @Option(
            names = "--lifecycles",
            paramLabel = "N",
            converter = Lifecycles.class,
            description = "So many are measured at each (default: ${DEFAULT-VALUE}), after some that warm it up.")
    int lifecycles = 6_000;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            converter = Tasks.class,
            description = "Tasks that share what waits, a multiple of 100 (default: ${DEFAULT-VALUE}).")
    int tasks = 1_000;

    @Option(
            names = "--check",
            description = "Exit with 1 when it is slower than promised (500 a second, 300 with --studio, and 0.8 of"
                    + " the first row in every other).")
    boolean check;

    public SchedulerCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (tasks % SchedulerBench.OWNERS != 0 || waiting.stream().anyMatch(n -> n < tasks)) {
            throw CliFailure.unusable(
                    "BAD_USAGE",
                    "Give a multiple of " + SchedulerBench.OWNERS + " tasks, and at least one waiting chunk for each.");
        }
        SchedulerBench.Measured measured =
                new SchedulerBench(new StatusLine(here, json), studio, waiting, lifecycles, tasks).measure();
        here.out().println(json ? Json.line(measured) : text(measured));
        return check && !isKept(measured) ? ExitCode.FAILED : ExitCode.DONE;
    }

    private boolean isKept(SchedulerBench.Measured measured) {
        double first = measured.rows().getFirst().lifecyclesPerSecond();
        return measured.rows().stream()
                .allMatch(row -> row.lifecyclesPerSecond() >= (studio ? LEAST_STUDIO : LEAST_EMBEDDED)
                        && row.lifecyclesPerSecond() >= first * LEAST_OF_FIRST);
    }

    private static String text(SchedulerBench.Measured measured) {
        StringBuilder text = new StringBuilder();
        measured.durability()
                .forEach((what, value) -> text.append(String.format(Locale.ROOT, "%-34s %s%n", what, value)));
        for (SchedulerBench.Row row : measured.rows()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%,8d waiting: %,6.0f lifecycles/s, a claim %.1f ms (median) and %.1f ms (99 %%), %.2f ms of CPU each%n",
                    row.waiting(),
                    row.lifecyclesPerSecond(),
                    row.claimMedianMs(),
                    row.claimP99Ms(),
                    row.cpuMsPerLifecycle()));
        }
        return text.toString().stripTrailing();
    }

    /** Chunks that wait. */
    static final class Waiting extends WholeNumber {
        Waiting() {
            super(1, 1_000_000);
        }
    }

    /** Tasks that share what waits. */
    static final class Tasks extends WholeNumber {
        Tasks() {
            super(SchedulerBench.OWNERS, 100_000);
        }
    }

    /** Lifecycles that are measured. */
    static final class Lifecycles extends WholeNumber {
        Lifecycles() {
            super(1, 100_000);
        }
    }
}

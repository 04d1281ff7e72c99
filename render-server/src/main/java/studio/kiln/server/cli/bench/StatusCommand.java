package studio.kiln.server.cli.bench;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln bench status}. */
@Command(
        name = "status",
        description = {
            "How many statuses of tasks a server answers, beside a bare Undertow handler that gives the same client a"
                    + " constant. People with accounts ask for their own tasks, while 50 changes a second are made; the"
                    + " client is another process, and looks that no answer is older than a second.",
            "",
            "Uses a server and a data folder of its own, which it removes.",
            ""
        },
        footer = {"", "Examples:", "  kiln bench status", "  kiln bench status --json"})
public final class StatusCommand implements Callable<Integer> {
    private static final double LEAST = 0.5;

    private final Surroundings here;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            converter = Seconds.class,
            description = "So long is each measured in each round (default: ${DEFAULT-VALUE}).")
    int seconds = 5;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            converter = Seconds.class,
            description = "How often each is measured, after one round that warms up (default: ${DEFAULT-VALUE}).")
    int rounds = 3;

    @Option(
            names = "--check",
            description = "Exit with 1 when the ratio is below 0.5 or an answer was older than a second.")
    boolean check;

    public StatusCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        StatusBench.Measured m = new StatusBench(new StatusLine(here, json), seconds, rounds).measure();
        here.out()
                .println(
                        json
                                ? Json.line(m)
                                : String.format(
                                        Locale.ROOT,
                                        "%,.0f statuses/s, a constant %,.0f/s: %.2f of it; %d of %d answers older than 1 s,"
                                                + " %.0f changes/s",
                                        m.statusesPerSecond(),
                                        m.constantsPerSecond(),
                                        m.ratio(),
                                        m.stale(),
                                        m.answers(),
                                        m.changesPerSecond()));
        return check && (m.ratio() < LEAST || m.stale() > 0) ? ExitCode.FAILED : ExitCode.DONE;
    }

    /** Seconds of a measurement, and rounds of it. */
    static final class Seconds extends WholeNumber {
        Seconds() {
            super(1, 600);
        }
    }
}

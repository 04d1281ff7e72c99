package studio.kiln.server.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Page;

/** {@code kiln jobs}. */
@Command(
        name = "jobs",
        description = "Work beside rendering, such as planning, that was given up; for administrators.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {JobsCommand.ListThem.class, JobsCommand.Replay.class},
        footer = {"", "Examples:", "  kiln jobs list", "  kiln jobs replay --all"})
public final class JobsCommand {
    private JobsCommand() {}

    private static List<JobView> all(KilnClient client) {
        List<JobView> jobs = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            Page<JobView> page = client.deadJobs(cursor, 500);
            jobs.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return jobs;
    }

    @Command(
            name = "list",
            description = "Lists what was tried again and again, and then given up.",
            footer = {"", "Example:", "  kiln jobs list"})
    static final class ListThem implements Callable<Integer> {
        private final Surroundings here;

        @Option(names = "--json", description = "Print a JSON array.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        ListThem(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            try (Connection connection = server.connect(here)) {
                List<JobView> jobs = all(connection.client());
                if (json) {
                    here.out().println(Json.pretty(jobs));
                    return ExitCode.DONE;
                }
                Table table = new Table("JOB", "ABOUT", "OWNER", "TRIED", "GIVEN UP", "WHY");
                jobs.forEach(job -> table.row(
                        job.id(),
                        job.kind() + " of " + job.subjectId(),
                        job.owner(),
                        Integer.toString(job.attempts()),
                        job.endedAt() == null ? "-" : job.endedAt().toString(),
                        job.problem() == null ? "-" : job.problem()));
                if (table.isEmpty()) {
                    here.out().println("Nothing was given up.");
                }
                table.lines().forEach(here.out()::println);
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "replay",
            description = "Has it tried again from the start.",
            footer = {"", "Examples:", "  kiln jobs replay plan-0198c2-1", "  kiln jobs replay --all"})
    static final class Replay implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(paramLabel = "JOB", arity = "0..*", description = "Which, by 'kiln jobs list'.")
        List<String> jobs = new ArrayList<>();

        @Option(names = "--all", description = "All of them.")
        boolean all;

        @Mixin
        ServerOptions server = new ServerOptions();

        Replay(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            if (all != jobs.isEmpty()) {
                throw CliFailure.unusable("WHICH_JOB", "Name the jobs that are to be replayed, or say --all.");
            }
            try (Connection connection = server.connect(here)) {
                KilnClient client = connection.client();
                List<String> wanted =
                        all ? all(client).stream().map(JobView::id).toList() : jobs;
                wanted.forEach(client::replayJob);
                here.out()
                        .println(
                                wanted.isEmpty()
                                        ? "Nothing was given up."
                                        : wanted.size() == 1
                                                ? "The job is tried again."
                                                : wanted.size() + " jobs are tried again.");
            }
            return ExitCode.DONE;
        }
    }
}

package studio.kiln.server.cli.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.Unreachable;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.task.StateWord;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.WholeNumber;

/** The commands that ask something of tasks; each names any number of them. */
final class TasksSteer {
    private TasksSteer() {}

    /** What all of them take. */
    static final class Target {
        @Parameters(
                paramLabel = "TASK",
                arity = "1..*",
                converter = TaskId.class,
                description = "Number or id; several may be given.")
        List<String> tasks = List.of();

        @Option(names = "--json", description = "Print the tasks as a JSON array.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        int each(Surroundings here, BiFunction<KilnClient, String, TaskView> act) {
            return each(
                    here,
                    act,
                    view -> "is " + StateWord.of(view.state()).word() + (view.why() == null ? "." : ": " + view.why()));
        }

        int each(Surroundings here, BiFunction<KilnClient, String, TaskView> act, Function<TaskView, String> said) {
            try (Connection connection = server.connect(here)) {
                // one that is not there ends the command before anything was done to another
                tasks.forEach(task -> connection.client().task(task));
                List<TaskView> views = new ArrayList<>();
                try {
                    tasks.forEach(task -> views.add(act.apply(connection.client(), task)));
                } catch (ApiException | Unreachable e) {
                    // what was done stays done, so it is said
                    views.forEach(view -> here.err().println(sentence(view, said)));
                    throw e;
                }
                if (json) {
                    here.out().println(Json.pretty(views));
                } else {
                    views.forEach(view -> here.out().println(sentence(view, said)));
                }
            }
            return 0;
        }

        private static String sentence(TaskView view, Function<TaskView, String> said) {
            return "Task #" + view.number() + " " + said.apply(view);
        }
    }

    @Command(
            name = "pause",
            description = "Starts no further frames of a task; what renders at this moment goes on to its end.",
            footer = {"", "Example:", "  kiln tasks pause 12"})
    static final class Pause implements Callable<Integer> {
        private final Surroundings here;

        @Mixin
        Target target = new Target();

        Pause(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            return target.each(here, KilnClient::pause);
        }
    }

    @Command(
            name = "resume",
            description = "Goes on with a paused task.",
            footer = {"", "Example:", "  kiln tasks resume 12"})
    static final class Resume implements Callable<Integer> {
        private final Surroundings here;

        @Mixin
        Target target = new Target();

        Resume(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            return target.each(here, KilnClient::resume);
        }
    }

    @Command(
            name = "cancel",
            description = "Ends a task. Pictures that exist are kept; 'kiln tasks requeue' takes it up again.",
            footer = {"", "Example:", "  kiln tasks cancel 12 13"})
    static final class Cancel implements Callable<Integer> {
        private final Surroundings here;

        @Mixin
        Target target = new Target();

        Cancel(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            return target.each(here, KilnClient::cancel);
        }
    }

    @Command(
            name = "requeue",
            description = "Takes up a task that has ended: renders what is missing, and on request some frames again.",
            footer = {"", "Examples:", "  kiln tasks requeue 12", "  kiln tasks requeue 12 --frames 5-8"})
    static final class Requeued implements Callable<Integer> {
        private final Surroundings here;

        @Option(names = "--frames", paramLabel = "SET", description = "Render these again although they exist.")
        @Nullable
        String frames;

        @Mixin
        Target target = new Target();

        Requeued(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            if (frames != null) {
                FrameSet.parse(frames, FrameSet.range(1, 2, 1));
            }
            return target.each(here, (client, task) -> client.requeue(task, new Requeue(frames)));
        }
    }

    @Command(
            name = "priority",
            description = "Changes the priority of a task, from 0 to 100; more comes first.",
            footer = {"", "Example:", "  kiln tasks priority 12 90"})
    static final class Priority implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(index = "0", paramLabel = "TASK", converter = TaskId.class, description = "Number or id.")
        String task = "";

        @Parameters(index = "1", paramLabel = "N", converter = WholeNumber.Priority.class, description = "0 to 100.")
        int priority;

        @Option(names = "--json", description = "Print the task as JSON.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        Priority(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            try (Connection connection = server.connect(here)) {
                TaskView view = connection.client().priority(task, priority);
                here.out()
                        .println(
                                json
                                        ? Json.pretty(view)
                                        : "Task #" + view.number() + " has priority " + view.priority() + ".");
            }
            return 0;
        }
    }

    @Command(
            name = "next",
            description = "Puts a task before all others, whoever owns them, until it has ended; for wranglers.",
            footer = {"", "Examples:", "  kiln tasks next 12", "  kiln tasks next 12 --off"})
    static final class Next implements Callable<Integer> {
        private final Surroundings here;

        @Option(names = "--off", description = "Let it go in its turn again.")
        boolean off;

        @Mixin
        Target target = new Target();

        Next(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            return target.each(
                    here,
                    (client, task) -> client.next(task, !off),
                    view -> off ? "goes in its turn again." : "goes before all others.");
        }
    }
}

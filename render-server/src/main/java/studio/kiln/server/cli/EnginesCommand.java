package studio.kiln.server.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.RenderEngine;

/** {@code kiln engines}. */
@Command(
        name = "engines",
        description = "The Blenders that can render here, and what each has proved.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            EnginesCommand.ListThem.class,
            EnginesCommand.Add.class,
            EnginesCommand.Remove.class,
            EnginesCommand.Test.class
        },
        footer = {
            "",
            "Examples:",
            "  kiln engines list",
            "  kiln engines add /opt/blender-4.5.3",
            "  kiln engines test 4.3.2"
        })
public final class EnginesCommand {
    private EnginesCommand() {}

    @Command(
            name = "list",
            description = "Lists the engines.",
            footer = {"", "Examples:", "  kiln engines list", "  kiln engines list --json"})
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
                List<EngineView> engines = connection.client().engines();
                if (json) {
                    here.out().println(Json.pretty(engines));
                } else if (engines.isEmpty()) {
                    here.out().println("There is no engine. " + Advice.blender(here));
                } else {
                    table(engines).forEach(here.out()::println);
                }
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "add",
            description = "Adds a Blender that lies where Kiln does not look, or a render image.",
            footer = {
                "",
                "Examples:",
                "  kiln engines add /opt/blender-4.5.3",
                "  kiln engines add ~/Downloads/blender/blender"
            })
    static final class Add implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(
                paramLabel = "PATH",
                description = "The program, the folder that holds it, or the name of an image.")
        String path = "";

        @Option(names = "--json", description = "Print the engine as JSON.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        Add(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            // a path of this machine is made whole, for the server has another current folder
            Path local = here.resolve(Path.of(path));
            String place =
                    Files.exists(local) ? local.toAbsolutePath().normalize().toString() : path;
            try (Connection connection = server.connect(here)) {
                new StatusLine(here, json).say("Testing what " + place + " can do; that may take a minute.");
                print(here, connection.client().addEngine(place), json, "Added");
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "remove",
            description = "Forgets an engine that was added.",
            footer = {"", "Example:", "  kiln engines remove 4.5.3"})
    static final class Remove implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(paramLabel = "ENGINE", description = "Id, version or place, as 'kiln engines list' shows it.")
        String engine = "";

        @Mixin
        ServerOptions server = new ServerOptions();

        Remove(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            try (Connection connection = server.connect(here)) {
                EngineView found = find(connection, engine);
                connection.client().removeEngine(found.id());
                here.out().println("Removed Blender " + found.version() + " (" + found.place() + ").");
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "test",
            description = "Lets an engine, or all of them, prove again what it can do; takes up to a minute each.",
            footer = {"", "Examples:", "  kiln engines test", "  kiln engines test 4.3.2 --json"})
    static final class Test implements Callable<Integer> {
        private final Surroundings here;

        @Parameters(
                paramLabel = "ENGINE",
                arity = "0..1",
                description = "Id, version or place, as 'kiln engines list' shows it. Without it all.")
        @Nullable
        String engine;

        @Option(names = "--json", description = "Print a JSON array.")
        boolean json;

        @Mixin
        ServerOptions server = new ServerOptions();

        Test(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() {
            try (Connection connection = server.connect(here)) {
                List<EngineView> chosen =
                        engine == null ? connection.client().engines() : List.of(find(connection, engine));
                if (chosen.isEmpty()) {
                    new EngineCheck(here, connection, new StatusLine(here, json)).refuseWhenNothingRenders();
                }
                StatusLine status = new StatusLine(here, json);
                List<EngineView> tested = chosen.stream()
                        .map(e -> {
                            status.say("Testing Blender " + e.version() + " (" + e.place() + ")\u2026");
                            return proved(connection, connection.client().testEngine(e.id()));
                        })
                        .toList();
                if (json) {
                    here.out().println(Json.pretty(tested));
                } else {
                    table(tested).forEach(here.out()::println);
                }
                return tested.stream().allMatch(e -> e.problem() == null) ? ExitCode.DONE : ExitCode.FAILED;
            }
        }
    }

    private static void print(Surroundings here, EngineView engine, boolean json, String done) {
        if (json) {
            here.out().println(Json.pretty(engine));
        } else {
            here.out()
                    .println(done + " Blender " + engine.version() + " (" + engine.place() + "): " + proved(engine)
                            + ".");
        }
    }

    private static EngineView find(Connection connection, String name) {
        List<EngineView> engines = connection.client().engines();
        List<EngineView> found = engines.stream()
                .filter(e -> e.id().equals(name)
                        || e.place().equals(name)
                        || e.version().equals(name))
                .toList();
        if (found.isEmpty()) {
            found = engines.stream()
                    .filter(e -> e.version().startsWith(name + ".") || e.id().startsWith(name))
                    .toList();
        }
        if (found.size() == 1) {
            return found.getFirst();
        }
        String known =
                engines.stream().map(e -> e.id() + " (" + e.place() + ")").collect(Collectors.joining(", "));
        throw CliFailure.unusable(
                "NO_SUCH_ENGINE",
                found.isEmpty()
                        ? "There is no engine '" + name + "'; there are: " + (known.isEmpty() ? "none" : known) + "."
                        : "'" + name + "' means several engines; name one by its id: " + known + ".");
    }

    /** Engines with what they proved, one a row. */
    static List<String> table(List<EngineView> engines) {
        Table table = new Table("ENGINE", "BLENDER", "BACKEND", "SHUT IN BY", "PLACE", "PROVED");
        for (EngineView engine : engines) {
            table.row(
                    engine.id(),
                    engine.version(),
                    engine.backend(),
                    engine.containment(),
                    engine.place(),
                    proved(engine));
        }
        return table.lines();
    }

    /** What an engine proved, in words. */
    static String proved(EngineView engine) {
        if (EngineCheck.isBeingTested(engine)) {
            return "is being tested";
        }
        if (engine.problem() != null) {
            return "cannot be used: " + engine.problem();
        }
        Capabilities can = engine.capabilities();
        if (can == null) {
            return "not tested yet";
        }
        return renderers(can)
                + "; denoising " + (can.denoisers().isEmpty() ? "no" : String.join(", ", can.denoisers()))
                + "; reads " + yes(can.importers())
                + (can.gpus().isEmpty()
                        ? "; no GPU"
                        : "; GPU "
                                + can.gpus().stream()
                                        .map(Capabilities.Gpu::name)
                                        .collect(Collectors.joining(", ")));
    }

    /** The engine once EEVEE, which is tested last, has proved itself or not; after a minute and a half as it is then. */
    private static EngineView proved(Connection connection, EngineView tested) {
        long until = System.nanoTime() + EngineCheck.LONGEST_PROOF.toNanos();
        EngineView engine = tested;
        while (engine.capabilities() != null
                && !engine.capabilities().engines().containsKey(RenderEngine.EEVEE.word())
                && System.nanoTime() < until) {
            EngineCheck.pause();
            String id = engine.id();
            engine = connection.client().engines().stream()
                    .filter(one -> one.id().equals(id))
                    .findFirst()
                    .orElse(engine);
        }
        return engine;
    }

    // EEVEE is tested last, for it takes longest; until then it is tried where a task asks for it.
    private static String renderers(Capabilities can) {
        String engines = yes(can.engines());
        Boolean eevee = can.engines().get(RenderEngine.EEVEE.word());
        String open = eevee == null ? " (eevee is being tested)" : eevee ? "" : " (eevee does not work here)";
        return (engines.isEmpty() ? "no render engine" : engines) + open;
    }

    private static String yes(Map<String, Boolean> proved) {
        return proved.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .sorted()
                .collect(Collectors.joining(", "));
    }
}

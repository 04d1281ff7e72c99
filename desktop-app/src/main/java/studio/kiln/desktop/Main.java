package studio.kiln.desktop;

import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.TaskView;
import studio.kiln.desktop.shell.EmbeddedServer;
import studio.kiln.desktop.shell.Texts;
import studio.kiln.desktop.tools.Screenshots;

/** Where the studio starts: {@code kiln studio}, and {@code kiln demo} where there is a display. */
public final class Main {
    private Main() {}

    public static void main(String... args) {
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        int code;
        if (args.length > 0 && args[0].equals("demo")) {
            code = demo(args, err);
        } else {
            CommandLine line = new CommandLine(new StudioCommand(err)).addSubcommand(new Screenshots());
            String[] rest =
                    args.length > 0 && args[0].equals("studio") ? Arrays.copyOfRange(args, 1, args.length) : args;
            code = line.execute(rest);
        }
        System.exit(code);
    }

    /** Renders the sample as in the terminal, then opens its task. */
    private static int demo(String[] args, PrintStream err) {
        int code = EmbeddedServer.command(args);
        boolean only =
                Arrays.asList(args).contains("--help") || Arrays.asList(args).contains("--headless");
        if (code != 0 || only) {
            return code;
        }
        StudioCommand studio = new StudioCommand(err);
        studio.demoTask = newestTask();
        return studio.call();
    }

    private static @Nullable String newestTask() {
        try (KilnClient client = new KilnClient(EmbeddedServer.find(EmbeddedServer.home()))) {
            return client.tasks(null, null, null, 1).items().stream()
                    .findFirst()
                    .map(TaskView::id)
                    .orElse(null);
        } catch (java.io.IOException | RuntimeException e) {
            // the studio says itself that the server does not answer
            return null;
        }
    }

    /** The window. */
    @Command(
            name = "kiln studio",
            mixinStandardHelpOptions = true,
            description = {"Opens the studio: the library, the board, and the pictures.", ""},
            footer = {"", "Examples:", "  kiln studio", "  kiln studio --demo-task 12"})
    static final class StudioCommand implements Callable<Integer> {
        private final PrintStream err;

        @Option(names = "--server", paramLabel = "URL", description = "Use the server at this address.")
        @Nullable
        URI server;

        @Option(
                names = "--token",
                paramLabel = "T",
                description = "The token for that server. Without it the session of 'kiln login'.")
        @Nullable
        String token;

        @Option(names = "--demo-task", paramLabel = "ID", description = "Open on the pictures of this task.")
        @Nullable
        String demoTask;

        @Option(
                names = "--self-test",
                description = "Load every room once and end; says whether the studio can run here.")
        boolean selfTest;

        StudioCommand(PrintStream err) {
            this.err = err;
        }

        @Override
        public Integer call() {
            if (!hasDisplay()) {
                err.println(Texts.get("start.display"));
                return 3;
            }
            Path home = EmbeddedServer.home();
            URI elsewhere = server;
            Callable<ServerAddress> finder = elsewhere == null
                    ? () -> EmbeddedServer.find(home)
                    : () -> new ServerAddress(elsewhere, token == null ? EmbeddedServer.savedToken(elsewhere) : token);
            try {
                return StudioWindow.run(
                        home, finder, elsewhere == null ? null : elsewhere.getAuthority(), demoTask, selfTest);
            } catch (RuntimeException | UnsatisfiedLinkError e) {
                err.println(Texts.get("start.failed") + ": " + e.getMessage());
                return 3;
            }
        }

        private static boolean hasDisplay() {
            String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
            return !system.contains("linux")
                    || "Headless".equals(System.getProperty("glass.platform"))
                    || notEmpty(System.getenv("DISPLAY"))
                    || notEmpty(System.getenv("WAYLAND_DISPLAY"));
        }

        private static boolean notEmpty(@Nullable String value) {
            return value != null && !value.isEmpty();
        }
    }
}

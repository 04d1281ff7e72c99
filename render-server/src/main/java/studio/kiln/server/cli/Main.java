package studio.kiln.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import studio.kiln.core.api.Trust;
import studio.kiln.server.ops.ServerConfig;
import sun.misc.Signal;

/** Where {@code kiln} starts, from a terminal. */
public final class Main {
    private static final int COLUMNS = 80;

    private Main() {}

    public static void main(String... args) {
        System.exit(run(args));
    }

    /** Runs one command line in this process and gives its exit code. */
    public static int run(String... args) {
        Interruption interruption = new Interruption(Runtime.getRuntime()::halt);
        listen(interruption, "INT", ExitCode.INTERRUPTED);
        listen(interruption, "TERM", ExitCode.TERMINATED);
        Surroundings here = surroundings(interruption);
        Optional<String> authorities = here.variable("KILN_CA");
        if (authorities.isPresent()) {
            try {
                Trust.install(Path.of(authorities.get()));
            } catch (IOException e) {
                here.err().println("KILN_CA: " + e.getMessage());
                return ExitCode.UNUSABLE;
            }
        }
        return new Cli(here).run(args);
    }

    private static Surroundings surroundings(Interruption interruption) {
        Map<String, String> environment = System.getenv();
        boolean screen = isTerminal(2) && !"dumb".equals(environment.get("TERM"));
        return new Surroundings(
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                environment,
                Path.of("").toAbsolutePath(),
                screen,
                !isTerminal(1),
                screen ? columns(environment) : COLUMNS,
                new LocalServer(ServerConfig.home(environment)),
                interruption);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    private static void listen(Interruption interruption, String name, int exitCode) {
        try {
            Signal.handle(new Signal(name), signal -> interruption.signal(exitCode));
        } catch (IllegalArgumentException e) {
            // the system or whoever started this has taken the signal away; then it does what it does there
            return;
        }
    }

    private static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        if (Files.isSymbolicLink(link)) {
            try {
                String target = Files.readSymbolicLink(link).toString();
                return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
            } catch (IOException e) {
                return false;
            }
        }
        return System.console() != null && System.console().isTerminal();
    }

    private static int columns(Map<String, String> environment) {
        String set = environment.get("COLUMNS");
        if (set != null && set.matches("[1-9]\\d{1,3}")) {
            return Integer.parseInt(set);
        }
        try {
            Process stty = new ProcessBuilder("sh", "-c", "stty size <&2")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            stty.getOutputStream().close();
            String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (stty.waitFor(1, TimeUnit.SECONDS) && answer.matches("\\d+ [1-9]\\d{1,3}")) {
                return Integer.parseInt(answer.substring(answer.indexOf(' ') + 1));
            }
        } catch (IOException e) {
            return COLUMNS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return COLUMNS;
    }
}

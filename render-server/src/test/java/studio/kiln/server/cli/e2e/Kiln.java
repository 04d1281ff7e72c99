package studio.kiln.server.cli.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.server.ServerLocator;
import studio.kiln.server.cli.Cli;
import studio.kiln.server.cli.Interruption;
import studio.kiln.server.cli.ServerFinder;
import studio.kiln.server.cli.Surroundings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Kiln with a data folder of its own, used as a person uses it: by whole commands in processes of their own. */
public final class Kiln implements AutoCloseable {
    private static final long LIMIT_MINUTES = 8;

    private final Path base;
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> prefix = new ArrayList<>();
    private List<URI> servers = List.of();
    private int runs;
    private int turn;

    public Kiln() {
        try {
            base = Files.createTempDirectory("kiln-e2e").toRealPath();
            Files.createDirectory(base.resolve("work"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        environment.put("KILN_HOME", base.resolve("home").toString());
        environment.put("KILN_SLOTS", "1");
        // What an engine of this machine can do is proved once for the whole run.
        Optional.ofNullable(System.getenv("KILN_PROOFS")).ifPresent(folder -> environment.put("KILN_PROOFS", folder));
    }

    /**
     * One for tests that hold in both modes: in an embedded run it starts a server of its own by its first command; in a
     * studio run ({@link StudioRun}) its commands are an administrator's at the farm that all tests share.
     */
    public static Kiln ofThisRun() {
        Kiln kiln = new Kiln();
        if (StudioRun.isOn()) {
            StudioRun farm = StudioRun.farm();
            kiln.with("KILN_TOKEN", farm.token());
            kiln.servers = farm.servers();
        }
        return kiln;
    }

    public Kiln with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** A command that starts each of the commands, such as one that hides a program. */
    public Kiln startedBy(String... command) {
        prefix.addAll(List.of(command));
        return this;
    }

    /** The folder that commands are run in. */
    public Path work() {
        return base.resolve("work");
    }

    public Path home() {
        return base.resolve("home");
    }

    /** What a command did. */
    public record Outcome(int exit, String out, String err) {
        /** The one JSON object or array on the standard output. */
        public JsonNode json() {
            return JsonMapper.shared().readTree(out);
        }

        @Override
        public String toString() {
            return "exit " + exit + "\n--- out\n" + out + "\n--- err\n" + err;
        }
    }

    /** A command that runs. */
    public final class Running {
        private final Process process;
        private final Path out;
        private final Path err;

        private Running(Process process, Path out, Path err) {
            this.process = process;
            this.out = out;
            this.err = err;
        }

        public void signal(String name) {
            run("kill", "-" + name, Long.toString(process.pid()));
        }

        public boolean isAlive() {
            return process.isAlive();
        }

        /** Waits so long at most; whether it has ended. */
        public boolean isOver(Duration limit) {
            try {
                return process.waitFor(limit);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        public long pid() {
            return process.pid();
        }

        public String errSoFar() {
            return read(err);
        }

        public Outcome end() {
            try {
                if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new AssertionError("The command did not end:\n" + read(out) + read(err));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return new Outcome(process.exitValue(), read(out), read(err));
        }
    }

    /** Starts a command and does not wait. SIGINT works in it, whatever started these tests. */
    public Running start(String... args) {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dfile.encoding=UTF-8",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(),
                "studio.kiln.server.cli.Main"));
        command.addAll(List.of(args));
        int run = ++runs;
        Path out = base.resolve("out-" + run);
        Path err = base.resolve("err-" + run);
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(work().toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("KILN_"));
            builder.environment().put("LC_ALL", "C.UTF-8");
            builder.environment().putAll(environment());
            Process process = builder.start();
            process.getOutputStream().close();
            return new Running(process, out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Outcome run(List<String> args) {
        return start(args.toArray(String[]::new)).end();
    }

    /** Runs a command to its end. */
    public Outcome kiln(String... args) {
        return start(args).end();
    }

    /**
     * Runs a command in this process, which saves the start of a Java machine; the server that it speaks to must run
     * already, so that it has this Kiln's variables.
     */
    public Outcome quick(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Surroundings here = new Surroundings(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment(),
                work(),
                false,
                true,
                100,
                new OnlyRunning(home()),
                new Interruption(code -> {}));
        int exit = new Cli(here).run(args);
        return new Outcome(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Each command speaks to another server of the studio than the one before. */
    private Map<String, String> environment() {
        Map<String, String> all = new HashMap<>(environment);
        if (!servers.isEmpty()) {
            all.put("KILN_SERVER", servers.get(turn++ % servers.size()).toString());
        }
        return Map.copyOf(all);
    }

    private record OnlyRunning(Path home) implements ServerFinder {
        @Override
        public Optional<ServerAddress> running() {
            return ServerLocator.find(home);
        }

        @Override
        public ServerAddress runningOrStarted() throws IOException {
            return running().orElseThrow(() -> new IOException("The server of this test does not run."));
        }
    }

    /** Process of the server, as its own file says. */
    public long serverPid() throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readString(home().resolve("run").resolve("server.json")))
                .path("pid")
                .asLong();
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends its own server, and removes everything. */
    @Override
    public void close() {
        if (servers.isEmpty()) {
            kiln("stop");
        }
        delete(base);
    }

    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

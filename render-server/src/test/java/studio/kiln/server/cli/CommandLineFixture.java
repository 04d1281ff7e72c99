package studio.kiln.server.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import studio.kiln.core.api.ServerAddress;

/** A command line in this process, with what it printed. */
public final class CommandLineFixture {
    private final Map<String, String> environment = new HashMap<>();
    private final Path folder;
    private Optional<ServerAddress> local = Optional.empty();

    public CommandLineFixture(Path folder) {
        this.folder = folder;
        environment.put("KILN_HOME", folder.resolve("home").toString());
    }

    public CommandLineFixture with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    public CommandLineFixture localServer(ServerAddress address) {
        local = Optional.of(address);
        return this;
    }

    public record Outcome(int exit, String out, String err) {}

    public Outcome run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = new Cli(surroundings(out, err)).run(args);
        return new Outcome(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Ctrl-C comes before the command has begun. */
    Outcome interruptedEarly(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        AtomicInteger exit = new AtomicInteger(-1);
        new Cli(surroundings(out, err, new Interruption(exit::set))).interruptedEarly(args, ExitCode.INTERRUPTED);
        return new Outcome(exit.get(), out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    Surroundings surroundings() {
        return surroundings(new ByteArrayOutputStream(), new ByteArrayOutputStream());
    }

    private Surroundings surroundings(ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return surroundings(out, err, new Interruption(code -> {}));
    }

    private Surroundings surroundings(ByteArrayOutputStream out, ByteArrayOutputStream err, Interruption interruption) {
        return new Surroundings(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                folder,
                false,
                true,
                100,
                new Finder(local),
                interruption);
    }

    private record Finder(Optional<ServerAddress> local) implements ServerFinder {
        @Override
        public Optional<ServerAddress> running() {
            return local;
        }

        @Override
        public ServerAddress runningOrStarted() throws IOException {
            return local.orElseThrow(() -> new IOException("The server did not start: no room."));
        }
    }
}

package studio.kiln.server.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import studio.kiln.server.ops.ServerConfig;

/**
 * What a command meets outside of itself; tests give their own.
 *
 * @param out what a program may read
 * @param err what is said to a person on the way
 * @param environment variables
 * @param folder that relative paths start from
 * @param screen whether {@code err} is a terminal, whose line can be written anew
 * @param plain whether {@code out} is no terminal
 * @param columns of the terminal
 * @param finder of the local server
 * @param interruption how Ctrl-C reaches the command
 */
public record Surroundings(
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        Path folder,
        boolean screen,
        boolean plain,
        int columns,
        ServerFinder finder,
        Interruption interruption) {

    /** The variable, unless it is unset or empty. */
    public Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    /** Where a path of the command line leads; as it was written when that says it. */
    public Path resolve(Path path) {
        return folder.equals(Path.of("").toAbsolutePath()) ? path : folder.resolve(path);
    }

    /** Where this user's data is kept. */
    public Path dataFolder() {
        return ServerConfig.home(environment);
    }

    /** Where the launcher and the examples are, when Kiln runs from its sources. */
    public Optional<Path> root() {
        return variable("KILN_ROOT").map(Path::of);
    }
}

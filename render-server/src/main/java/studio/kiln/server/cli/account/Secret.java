package studio.kiln.server.cli.account;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Surroundings;

/** How a password gets into a command: typed unseen, or from a file; never as an argument, which everybody can read. */
final class Secret {
    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Read the password from the first line of a file; - is the standard input.")
    @Nullable
    Path file;

    /** @param prompt what is asked for at a terminal */
    String read(Surroundings here, String prompt) throws IOException {
        if (file != null) {
            String text = file.toString().equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(here.resolve(file));
            return text.lines().findFirst().orElse("");
        }
        return ask(prompt);
    }

    /** As {@link #read}, for a new password: asked for twice at a terminal. */
    String readNew(Surroundings here, String prompt) throws IOException {
        if (file != null) {
            return read(here, prompt);
        }
        String once = ask(prompt);
        if (!once.equals(ask("Again: "))) {
            throw CliFailure.unusable("BAD_USAGE", "The two passwords differ; try again.");
        }
        return once;
    }

    static String ask(String prompt) {
        Console console = System.console();
        char[] typed = console == null || !console.isTerminal() ? null : console.readPassword("%s", prompt);
        if (typed == null) {
            throw CliFailure.unusable(
                    "BAD_USAGE", "There is no terminal to ask for the password; give it with --password-file.");
        }
        return new String(typed);
    }
}

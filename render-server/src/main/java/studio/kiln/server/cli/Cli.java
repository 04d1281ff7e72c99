package studio.kiln.server.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import studio.kiln.server.cli.render.RenderCommand;
import studio.kiln.server.ops.config.Spelling;

/** The command line as a whole: parses, runs, and says in one sentence what went wrong. */
public final class Cli {
    private final Surroundings here;

    public Cli(Surroundings here) {
        this.here = here;
    }

    /** Runs one command line and gives its exit code; never throws and never ends the process. */
    public int run(String... args) {
        CommandLine line = new CommandLine(KilnCommand.class, new CommandFactory(here));
        configure(line, Arrays.asList(args));
        if (args.length == 0) {
            line.usage(here.out());
            return ExitCode.UNUSABLE;
        }
        int exit;
        here.interruption().atFirst(code -> interruptedEarly(args, code));
        try {
            exit = line.execute(args);
        } catch (StackOverflowError | OutOfMemoryError | LinkageError e) {
            CliFailure failure = Failures.of(e);
            here.err().println(failure.getMessage());
            trace(Arrays.asList(args), e);
            exit = failure.exitCode();
        }
        here.out().flush();
        here.err().flush();
        return exit;
    }

    /** A program that asked for JSON gets it also when the command was interrupted before it had begun. */
    void interruptedEarly(String[] args, int exitCode) {
        List<String> words = Arrays.asList(args);
        if (words.contains("--json") && (args[0].equals("render") || args[0].equals("demo"))) {
            String sentence = "Interrupted before anything was submitted.";
            here.out().println(RenderCommand.refusal(new CliFailure(exitCode, "INTERRUPTED", sentence)));
            here.out().flush();
            here.err().println(sentence);
        }
        here.interruption().exit(exitCode);
    }

    private void configure(CommandLine line, List<String> args) {
        line.setOut(new PrintWriter(here.out(), true));
        line.setErr(new PrintWriter(here.err(), true));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setUsageHelpWidth(Math.clamp(here.columns(), 60, 110));
        line.setUsageHelpLongOptionsMaxWidth(28);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(usage(args));
        line.setExecutionExceptionHandler(failure(args));
        everyCommand(line);
    }

    /** Each has {@code --help}, and one that only groups others says what there is. */
    private void everyCommand(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        if (spec.findOption("--help") == null) {
            spec.addOption(OptionSpec.builder("-h", "--help")
                    .usageHelp(true)
                    .description("Show this help.")
                    .build());
        }
        if (spec.findOption("--debug") == null) {
            spec.addOption(OptionSpec.builder("--debug")
                    .description("Show where in Kiln an error came from (also KILN_DEBUG=1).")
                    .hidden(true)
                    .type(boolean.class)
                    .build());
        }
        spec.usageMessage().abbreviateSynopsis(true).sortOptions(false);
        line.getSubcommands().values().forEach(this::everyCommand);
    }

    private IParameterExceptionHandler usage(List<String> args) {
        return (ParameterException e, String[] given) -> {
            CommandLine line = e.getCommandLine();
            String name = line.getCommandSpec().qualifiedName();
            String message = e instanceof UnmatchedArgumentException unmatched ? unmatched(unmatched) : sentence(e);
            CliFailure failure = new CliFailure(ExitCode.UNUSABLE, "BAD_USAGE", message, e);
            json(line, args, failure);
            here.err().println(message);
            here.err().println("See '" + name + " --help'.");
            trace(args, e);
            return ExitCode.UNUSABLE;
        };
    }

    private IExecutionExceptionHandler failure(List<String> args) {
        return (Exception e, CommandLine line, @Nullable ParseResult parsed) -> {
            CliFailure failure = Failures.of(e);
            json(line, args, failure);
            here.err().println(failure.getMessage());
            trace(args, e);
            return failure.exitCode();
        };
    }

    /** A program that asked for JSON gets JSON, also when the usage was wrong. */
    private void json(CommandLine line, List<String> args, CliFailure failure) {
        if (!args.contains("--json")) {
            return;
        }
        // one object, also when a signal comes while it is printed
        here.interruption().atFirst(here.interruption()::exit);
        String name = line.getCommandSpec().name();
        here.out()
                .println(
                        name.equals("render") || name.equals("demo")
                                ? RenderCommand.refusal(failure)
                                : Json.line(Map.of(
                                        "problem",
                                        Map.of(
                                                "code",
                                                failure.code(),
                                                "message",
                                                String.valueOf(failure.getMessage())))));
    }

    private void trace(List<String> args, Throwable e) {
        if (args.contains("--debug") || here.variable("KILN_DEBUG").isPresent()) {
            e.printStackTrace(here.err());
        }
    }

    private static String unmatched(UnmatchedArgumentException e) {
        String word = e.getUnmatched().getFirst();
        boolean groups = !e.getCommandLine().getSubcommands().isEmpty();
        if (!e.isUnknownOption() && !groups) {
            return "'" + word + "' is one word too many; put what has spaces in it between quotes.";
        }
        String alike = e.getSuggestions().stream()
                .filter(suggestion -> Spelling.isNear(word, suggestion))
                .limit(3)
                .map(suggestion -> "'" + suggestion + "'")
                .collect(Collectors.joining(" or "));
        return "There is no " + (e.isUnknownOption() ? "option" : "command") + " '" + word + "' "
                + (groups ? "of" : "for") + " '"
                + e.getCommandLine().getCommandSpec().qualifiedName() + "'"
                + (alike.isEmpty() ? "." : "; did you mean " + alike + "?");
    }

    private static String sentence(ParameterException e) {
        String message = String.valueOf(e.getMessage()).strip();
        return message.endsWith(".") ? message : message + ".";
    }
}

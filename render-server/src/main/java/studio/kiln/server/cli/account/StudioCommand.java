package studio.kiln.server.cli.account;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import studio.kiln.core.api.KilnClient;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;

/** What commands for a server with accounts have in common. */
abstract class StudioCommand implements Callable<Integer> {
    final Surroundings here;

    @Mixin
    ServerOptions server = new ServerOptions();

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    StudioCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws IOException {
        try (Connection connection = server.connectStudio(here)) {
            return run(connection.client());
        }
    }

    /** Gives the exit code. */
    abstract int run(KilnClient client) throws IOException;

    final int say(String line) {
        here.out().println(line);
        return ExitCode.DONE;
    }

    /** The value as JSON when that was asked for, else the line. */
    final int say(Object value, String line) {
        return say(json ? Json.pretty(value) : line);
    }

    final int print(Object value, Table table, String empty) {
        if (json) {
            return say(Json.pretty(value));
        }
        if (table.isEmpty()) {
            return say(empty);
        }
        table.lines().forEach(here.out()::println);
        return ExitCode.DONE;
    }
}

package studio.kiln.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.ServiceFailure;
import studio.kiln.server.ops.services.Services;

/** {@code kiln services}. */
@Command(
        name = "services",
        description = {
            "The other programs of studio mode on this machine: a database (mariadb, or mysql), a broker (rabbitmq), a cache"
                    + " (redis), an object store (s3) and a file server (webdav).",
            "Their data, logs and addresses are in the folder 'services' of the data folder; services.json there holds"
                    + " the passwords, and only its user can read it."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Examples:", "  kiln services up", "  kiln services logs rabbitmq", "  kiln services down"})
public final class ServicesCommand {
    private final Surroundings here;

    public ServicesCommand(Surroundings here) {
        this.here = here;
    }

    @Command(
            name = "up",
            description = "Starts the services, or those named; those that run are left as they are.",
            footer = {"", "Examples:", "  kiln services up mariadb redis", "  kiln services up --mysql"})
    int up(
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "Only these.") List<String> names,
            @Option(
                            names = "--mysql",
                            description =
                                    "MySQL 9 in a container in place of MariaDB; 'down mysql' and another 'up' go back.")
                    boolean mySql)
            throws InterruptedException {
        List<String> wanted = new ArrayList<>(some(names));
        if (wanted.isEmpty()) {
            wanted.addAll(Services.standard(mySql));
        } else if (mySql && !wanted.contains("mysql")) {
            wanted.add("mysql");
        }
        return done(s -> s.up(wanted));
    }

    @Command(
            name = "down",
            description = "Stops the services that 'up' started, or those named. Their data stay.",
            footer = {"", "Example:", "  kiln services down"})
    int down(@Parameters(arity = "0..*", paramLabel = "NAME", description = "Only these.") List<String> names)
            throws InterruptedException {
        return done(s -> s.down(some(names)));
    }

    @Command(
            name = "status",
            description = "Shows which services answer, and where. Ends with 1 when one does not.",
            footer = {"", "Example:", "  kiln services status"})
    int status(@Parameters(arity = "0..*", paramLabel = "NAME", description = "Only these.") List<String> names)
            throws InterruptedException {
        boolean[] all = {true};
        int code = done(s -> {
            for (Services.State state : s.status(some(names))) {
                Endpoint at = state.at();
                all[0] &= state.answers();
                String word = state.answers() ? "answers" : state.running() ? "does not answer" : "stopped";
                here.out()
                        .println(String.format(
                                "%-10s %-16s %s", state.name(), word, at == null ? "" : at.host() + ":" + at.port()));
            }
        });
        return code == ExitCode.DONE && !all[0] ? ExitCode.FAILED : code;
    }

    @Command(
            name = "logs",
            description = "Prints what a service has written.",
            footer = {"", "Example:", "  kiln services logs rabbitmq"})
    int logs(@Parameters(paramLabel = "NAME", description = "The service.") String name) throws InterruptedException {
        return done(s -> {
            Path log = s.log(name);
            if (!Files.exists(log)) {
                throw new ServiceFailure("The service " + name
                        + " has written nothing yet; start it with 'kiln services" + " up " + name + "'.");
            }
            try {
                here.out().print(new String(Files.readAllBytes(log), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new ServiceFailure("The log " + log + " cannot be read (" + e.getMessage() + ").", e);
            }
        });
    }

    private interface Work {
        void on(Services services) throws InterruptedException;
    }

    private int done(Work work) throws InterruptedException {
        Path folder = here.variable("KILN_SERVICES")
                .map(Path::of)
                .orElseGet(() -> here.dataFolder().resolve("services"));
        try {
            work.on(new Services(folder, line -> here.out().println(line)));
            return ExitCode.DONE;
        } catch (ServiceFailure e) {
            throw new CliFailure(ExitCode.FAILED, "SERVICE_FAILED", String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> some(@org.jspecify.annotations.Nullable List<String> names) {
        return names == null ? List.of() : names;
    }
}

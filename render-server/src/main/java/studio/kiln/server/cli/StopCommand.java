package studio.kiln.server.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Unreachable;

/** {@code kiln stop}. */
@Command(
        name = "stop",
        description = "Ends the server. Work that is under way goes on at its next start; nothing is lost.",
        footer = {"", "Example:", "  kiln stop"})
public final class StopCommand implements Callable<Integer> {
    private static final int LOOKS = 300;
    /** A server that is about to end answers so. */
    private static final int ENDING = 503;

    private final Surroundings here;

    @Mixin
    ServerOptions server = new ServerOptions();

    public StopCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws InterruptedException {
        Optional<Connection> running = server.connectIfRunning(here);
        if (running.isEmpty()) {
            here.out().println("No server runs.");
            return ExitCode.DONE;
        }
        try (Connection connection = running.get()) {
            KilnClient client = connection.client();
            int open = ask(client);
            for (int look = 0; look < LOOKS && answers(client); look++) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
            if (answers(client)) {
                throw new CliFailure(
                        ExitCode.FAILED,
                        "STILL_RUNNING",
                        "The server at " + client.address() + " was asked to end and still answers; try again.");
            }
            here.out()
                    .println("The server has ended."
                            + (open == 0
                                    ? ""
                                    : " " + Text.count(open, "open task goes", "open tasks go")
                                            + " on when it is started again."));
        }
        return ExitCode.DONE;
    }

    /** Asks it to end, and gives how many tasks are open. */
    private static int ask(KilnClient client) {
        int open = 0;
        try {
            open = client.server().openTasks();
            client.stop();
        } catch (ApiException e) {
            if (e.status() != ENDING) {
                throw e;
            }
        } catch (Unreachable e) {
            // it has ended by itself meanwhile
            return open;
        }
        return open;
    }

    private static boolean answers(KilnClient client) {
        try {
            client.server();
            return true;
        } catch (ApiException e) {
            return true;
        } catch (Unreachable e) {
            return false;
        }
    }
}

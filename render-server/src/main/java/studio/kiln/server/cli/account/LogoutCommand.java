package studio.kiln.server.cli.account;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Unreachable;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.SavedLogins;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;

/** {@code kiln logout}. */
@Command(
        name = "logout",
        description = "Ends the session of 'kiln login' and forgets it.",
        footer = {"", "Examples:", "  kiln logout", "  kiln logout --server https://farm.example:3000"})
public final class LogoutCommand implements Callable<Integer> {
    private final Surroundings here;

    @Mixin
    ServerOptions server = new ServerOptions();

    public LogoutCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() {
        try (Connection connection = server.connectStudio(here)) {
            KilnClient client = connection.client();
            String ended = "Signed out of " + client.address() + ".";
            try {
                client.signOut();
            } catch (ApiException e) {
                // it has ended already
                ended = "The session at " + client.address() + " had ended already; it is forgotten.";
            } catch (Unreachable e) {
                ended = "The session at " + client.address() + " is forgotten here, but the server does not answer: it"
                        + " goes on there until it expires.";
            }
            new SavedLogins(here).forget(client.address().base());
            here.out().println(ended);
        }
        return ExitCode.DONE;
    }
}

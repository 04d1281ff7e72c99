package studio.kiln.server.cli.account;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.SignedIn;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.SavedLogins;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.Surroundings;

/** {@code kiln login}. */
@Command(
        name = "login",
        description = {
            "Signs in to a studio server and keeps the session in your profile, for this user alone.",
            "Commands with --server URL use it then; those for accounts, groups, shares and the audit log",
            "go to the server that was signed in to last.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  kiln login https://farm.example:3000 --user ada",
            "  kiln login http://127.0.0.1:3000 --user ada --setup TOKEN"
        })
public final class LoginCommand implements Callable<Integer> {
    private final Surroundings here;

    @Parameters(paramLabel = "URL", description = "Address of the server.")
    String url = "";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Your name there. Without it that of this machine's user.")
    @Nullable
    String user;

    @Option(
            names = "--setup",
            paramLabel = "TOKEN",
            description = "Make yourself an administrator first, with the token that the server printed.")
    @Nullable
    String setup;

    @Mixin
    Secret secret = new Secret();

    @Option(names = "--json", description = "Print who you are as JSON.")
    boolean json;

    public LoginCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws IOException {
        URI base = ServerOptions.base(url);
        String name = user != null ? user : System.getProperty("user.name", "");
        try (KilnClient client = new KilnClient(new ServerAddress(base, ""))) {
            SignedIn in = setup == null
                    ? client.signIn(new SignIn(name, secret.read(here, "Password of " + name + ": ")))
                    : client.setUp(
                            new FirstAdmin(setup, name, null, secret.readNew(here, "New password of " + name + ": ")));
            new SavedLogins(here).save(new ServerAddress(base, in.token()));
            Me me = in.me();
            here.out()
                    .println(
                            json
                                    ? Json.pretty(me)
                                    : "Signed in to " + base + " as " + me.name()
                                            + (me.role() == null
                                                    ? ""
                                                    : ", " + me.role().word())
                                            + ". Use it with --server " + base + ", or set KILN_SERVER.");
        }
        return ExitCode.DONE;
    }
}

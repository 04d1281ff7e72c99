package studio.kiln.server.cli.account;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.PasswordChange;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.SignedIn;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.SavedLogins;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;

/** {@code kiln users}. */
@Command(
        name = "users",
        description = "The people of a studio: accounts, roles and passwords. Most of it is for administrators.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UsersCommand.ListThem.class,
            UsersCommand.Add.class,
            UsersCommand.SetRole.class,
            UsersCommand.Disable.class,
            UsersCommand.Enable.class,
            UsersCommand.Password.class,
            UsersCommand.MySelf.class
        },
        footer = {"", "Examples:", "  kiln users list", "  kiln users add ada --role artist"})
public final class UsersCommand {
    private UsersCommand() {}

    private static Role role(String word) {
        try {
            return Role.of(word);
        } catch (IllegalArgumentException e) {
            throw CliFailure.unusable("BAD_USAGE", String.valueOf(e.getMessage()));
        }
    }

    @Command(
            name = "list",
            description = "Lists the accounts.",
            footer = {"", "Example:", "  kiln users list"})
    static final class ListThem extends StudioCommand {
        ListThem(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            var users = client.users();
            Table table = new Table("NAME", "ROLE", "STATE", "GROUPS", "SEEN", "DISPLAY NAME");
            for (UserView user : users) {
                table.row(
                        user.name(),
                        user.role().word(),
                        user.disabled() ? "disabled" : "enabled",
                        user.groups().isEmpty() ? "-" : String.join(",", user.groups()),
                        user.seenAt() == null ? "never" : user.seenAt().toString(),
                        user.displayName());
            }
            return print(users, table, "There are no accounts.");
        }
    }

    @Command(
            name = "add",
            description = "Makes an account.",
            footer = {
                "",
                "Examples:",
                "  kiln users add ada --role artist",
                "  kiln users add wim --role wrangler --password-file first-password.txt"
            })
    static final class Add extends StudioCommand {
        @Parameters(paramLabel = "NAME", description = "Small letters, digits, dot, dash; never changes.")
        String name = "";

        @Option(names = "--role", paramLabel = "ROLE", description = "admin, wrangler, artist (without it) or viewer.")
        String role = "artist";

        @Option(names = "--display-name", paramLabel = "TEXT", description = "As people read it.")
        @Nullable
        String displayName;

        @Mixin
        Secret secret = new Secret();

        Add(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) throws IOException {
            UserAdd user = new UserAdd(
                    name, displayName, role(role), secret.readNew(here, "First password of " + name + ": "));
            UserView added = client.addUser(user);
            return say(
                    added,
                    added.name() + " has an account now, as " + added.role().word() + ".");
        }
    }

    @Command(
            name = "role",
            description = "Gives somebody another role.",
            footer = {"", "Example:", "  kiln users role ada wrangler"})
    static final class SetRole extends StudioCommand {
        @Parameters(index = "0", paramLabel = "NAME", description = "Whose.")
        String name = "";

        @Parameters(index = "1", paramLabel = "ROLE", description = "admin, wrangler, artist or viewer.")
        String role = "";

        SetRole(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            UserView user = client.setRole(name, role(role));
            return say(user, user.name() + " is " + user.role().word() + " now.");
        }
    }

    @Command(
            name = "disable",
            description = "Keeps somebody out at once. What they own stays.",
            footer = {"", "Example:", "  kiln users disable ada"})
    static final class Disable extends StudioCommand {
        @Parameters(paramLabel = "NAME", description = "Whom.")
        String name = "";

        Disable(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            UserView user = client.disableUser(name);
            return say(user, user.name() + " is kept out; all sessions and tokens are void.");
        }
    }

    @Command(
            name = "enable",
            description = "Lets somebody in again.",
            footer = {"", "Example:", "  kiln users enable ada"})
    static final class Enable extends StudioCommand {
        @Parameters(paramLabel = "NAME", description = "Whom.")
        String name = "";

        Enable(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            UserView user = client.enableUser(name);
            return say(user, user.name() + " may sign in again.");
        }
    }

    @Command(
            name = "password",
            description = "Changes your password, or gives somebody another one.",
            footer = {"", "Examples:", "  kiln users password", "  kiln users password ada"})
    static final class Password extends StudioCommand {
        @Parameters(paramLabel = "NAME", arity = "0..1", description = "Whose, for administrators. Without it yours.")
        @Nullable
        String name;

        @Mixin
        Secret secret = new Secret();

        Password(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) throws IOException {
            if (name != null) {
                UserView user = client.setPassword(name, secret.readNew(here, "New password of " + name + ": "));
                return say(user, user.name() + " has a new password; their sessions have ended.");
            }
            String old = Secret.ask("Old password: ");
            SignedIn in = client.changePassword(new PasswordChange(old, secret.readNew(here, "New password: ")));
            new SavedLogins(here).save(new ServerAddress(client.address().base(), in.token()));
            return say(in.me(), "Your password is changed; your other sessions have ended.");
        }
    }

    @Command(
            name = "me",
            description = "Who you are on the server.",
            footer = {"", "Example:", "  kiln users me"})
    static final class MySelf extends StudioCommand {
        MySelf(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            Me me = client.me();
            return say(
                    me,
                    me.name() + (me.role() == null ? "" : ", " + me.role().word()) + " at " + client.address()
                            + (me.groups().isEmpty() ? "" : ", in " + String.join(", ", me.groups())) + ".");
        }
    }
}

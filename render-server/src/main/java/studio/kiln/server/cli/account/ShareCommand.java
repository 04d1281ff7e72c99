package studio.kiln.server.cli.account;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.People;
import studio.kiln.core.api.ShareAdd;
import studio.kiln.core.api.ShareView;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;

/** {@code kiln share}. */
@Command(
        name = "share",
        description = {
            "Shares projects, models and tasks of yours with others, for reading or editing.",
            "A THING is a kind and an id or number: task:12, model:ID, project:ID.",
            ""
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ShareCommand.ListThem.class,
            ShareCommand.Add.class,
            ShareCommand.Remove.class,
            ShareCommand.Whom.class,
            ShareCommand.Projects.class
        },
        footer = {
            "",
            "Examples:",
            "  kiln share add task:12 --user ada",
            "  kiln share add model:0192f3c0a1b2c3d4e5f60718293a4b5c --group lighting --edit"
        })
public final class ShareCommand {
    private ShareCommand() {}

    private record Named(Thing.Kind kind, String id) {
        static Named of(String text) {
            int colon = text.indexOf(':');
            for (Thing.Kind kind : Thing.Kind.values()) {
                if (colon > 0 && kind.word().equals(text.substring(0, colon).toLowerCase(Locale.ROOT))) {
                    String id = text.substring(colon + 1);
                    return new Named(kind, id.startsWith("#") ? id.substring(1) : id);
                }
            }
            throw CliFailure.unusable(
                    "BAD_USAGE", "'" + text + "' names nothing to share; write task:12, model:ID or project:ID.");
        }
    }

    private static String whom(ShareView share) {
        return share.user() != null ? "user " + share.user() : "group " + share.group();
    }

    @Command(
            name = "list",
            description = "Says with whom a thing is shared.",
            footer = {"", "Example:", "  kiln share list task:12"})
    static final class ListThem extends StudioCommand {
        @Parameters(paramLabel = "THING", description = "task:12, model:ID or project:ID.")
        String thing = "";

        ListThem(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            Named named = Named.of(thing);
            List<ShareView> shares = client.shares(named.kind, named.id);
            Table table = new Table("ID", "WITH", "FOR", "BY", "SINCE");
            shares.forEach(share -> table.row(
                    share.id(),
                    whom(share),
                    share.access().word(),
                    share.createdBy(),
                    share.createdAt().toString()));
            return print(shares, table, "It is shared with nobody.");
        }
    }

    @Command(
            name = "add",
            description = "Shares a thing with somebody or with a group.",
            footer = {
                "",
                "Examples:",
                "  kiln share add task:12 --user ada",
                "  kiln share add project:ID --group fx --edit"
            })
    static final class Add extends StudioCommand {
        @Parameters(paramLabel = "THING", description = "task:12, model:ID or project:ID.")
        String thing = "";

        @Option(names = "--user", paramLabel = "NAME", description = "Whom with.")
        @Nullable
        String user;

        @Option(names = "--group", paramLabel = "GROUP", description = "Or a group.")
        @Nullable
        String group;

        @Option(names = "--edit", description = "For editing; without it for reading.")
        boolean edit;

        Add(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            if ((user == null) == (group == null)) {
                throw CliFailure.unusable("BAD_USAGE", "Say whom with: --user NAME or --group GROUP.");
            }
            Named named = Named.of(thing);
            ShareView share =
                    client.share(named.kind, named.id, new ShareAdd(user, group, edit ? Access.EDIT : Access.READ));
            return say(
                    share, thing + " is shared with " + whom(share) + ", for " + (edit ? "editing" : "reading") + ".");
        }
    }

    @Command(
            name = "remove",
            description = "Shares a thing no more.",
            footer = {"", "Example:", "  kiln share remove task:12 0192f3c0a1b2c3d4e5f60718293a4b5c"})
    static final class Remove extends StudioCommand {
        @Parameters(index = "0", paramLabel = "THING", description = "task:12, model:ID or project:ID.")
        String thing = "";

        @Parameters(index = "1", paramLabel = "ID", description = "Of the share, as 'kiln share list' shows it.")
        String share = "";

        Remove(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            Named named = Named.of(thing);
            client.unshare(named.kind, named.id, share);
            return say("That share of " + thing + " is gone.");
        }
    }

    @Command(
            name = "people",
            description = "Lists whom one can share with.",
            footer = {"", "Example:", "  kiln share people"})
    static final class Whom extends StudioCommand {
        Whom(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            People people = client.people();
            Table table = new Table("WHO", "NAME", "DISPLAY NAME");
            people.users().forEach(user -> table.row("user", user.name(), user.displayName()));
            people.groups().forEach(group -> table.row("group", group, "-"));
            return print(people, table, "There is nobody.");
        }
    }

    @Command(
            name = "projects",
            description = "Lists the projects that you can see, with their ids; --add makes one.",
            footer = {"", "Examples:", "  kiln share projects", "  kiln share projects --add Film"})
    static final class Projects extends StudioCommand {
        @Option(names = "--add", paramLabel = "NAME", description = "Make a project of this name.")
        @Nullable
        String name;

        Projects(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            if (name != null) {
                var project = client.addProject(name);
                return say(project, "There is a project " + project.name() + " now, project:" + project.id() + ".");
            }
            var projects = client.projects();
            Table table = new Table("ID", "NAME", "OWNER");
            projects.forEach(project -> table.row(project.id(), project.name(), project.owner()));
            return print(projects, table, "There are no projects.");
        }
    }
}

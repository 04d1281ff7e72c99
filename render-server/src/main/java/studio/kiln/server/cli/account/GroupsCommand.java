package studio.kiln.server.cli.account;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.GroupView;
import studio.kiln.core.api.KilnClient;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;

/** {@code kiln groups}. */
@Command(
        name = "groups",
        description = "Groups of people, to share with; for administrators.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            GroupsCommand.ListThem.class,
            GroupsCommand.Add.class,
            GroupsCommand.Remove.class,
            GroupsCommand.Join.class,
            GroupsCommand.Leave.class
        },
        footer = {"", "Examples:", "  kiln groups add lighting", "  kiln groups join lighting ada"})
public final class GroupsCommand {
    private GroupsCommand() {}

    private static String text(GroupView group) {
        return "In " + group.name() + ": " + (group.members().isEmpty() ? "nobody" : String.join(", ", group.members()))
                + ".";
    }

    @Command(
            name = "list",
            description = "Lists the groups.",
            footer = {"", "Example:", "  kiln groups list"})
    static final class ListThem extends StudioCommand {
        ListThem(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            var groups = client.groups();
            Table table = new Table("NAME", "MEMBERS");
            groups.forEach(group ->
                    table.row(group.name(), group.members().isEmpty() ? "-" : String.join(", ", group.members())));
            return print(groups, table, "There are no groups.");
        }
    }

    @Command(
            name = "add",
            description = "Makes a group.",
            footer = {"", "Example:", "  kiln groups add lighting"})
    static final class Add extends StudioCommand {
        @Parameters(paramLabel = "GROUP", description = "Its name.")
        String name = "";

        Add(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            GroupView group = client.addGroup(name);
            return say(group, "There is a group " + group.name() + " now.");
        }
    }

    @Command(
            name = "remove",
            description = "Removes a group, with what was shared with it.",
            footer = {"", "Example:", "  kiln groups remove lighting"})
    static final class Remove extends StudioCommand {
        @Parameters(paramLabel = "GROUP", description = "Its name.")
        String name = "";

        Remove(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            client.removeGroup(name);
            return say("The group " + name + " is gone.");
        }
    }

    @Command(
            name = "join",
            description = "Puts somebody into a group.",
            footer = {"", "Example:", "  kiln groups join lighting ada"})
    static final class Join extends StudioCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Which.")
        String group = "";

        @Parameters(index = "1", paramLabel = "NAME", description = "Whom.")
        String user = "";

        Join(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            GroupView view = client.addMember(group, user);
            return say(view, text(view));
        }
    }

    @Command(
            name = "leave",
            description = "Takes somebody out of a group.",
            footer = {"", "Example:", "  kiln groups leave lighting ada"})
    static final class Leave extends StudioCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Which.")
        String group = "";

        @Parameters(index = "1", paramLabel = "NAME", description = "Whom.")
        String user = "";

        Leave(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            GroupView view = client.removeMember(group, user);
            return say(view, text(view));
        }
    }
}

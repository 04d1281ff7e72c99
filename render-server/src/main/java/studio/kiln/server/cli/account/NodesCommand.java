package studio.kiln.server.cli.account;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.EnrolmentAdd;
import studio.kiln.core.api.EnrolmentAdded;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.NodeView;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln nodes}. */
@Command(
        name = "nodes",
        description = "The machines that render: who they are, and whether they get work.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            NodesCommand.ListThem.class,
            NodesCommand.Show.class,
            NodesCommand.Enrol.class,
            NodesCommand.Drain.class,
            NodesCommand.Disable.class,
            NodesCommand.Enable.class,
            NodesCommand.Remove.class
        },
        footer = {"", "Examples:", "  kiln nodes list", "  kiln nodes enrol", "  kiln nodes drain render-07"})
public final class NodesCommand {
    private NodesCommand() {}

    /** Speaks to the studio that was named or signed in to, else to one's own server. */
    private abstract static class OfFarm extends StudioCommand {
        OfFarm(Surroundings here) {
            super(here);
        }

        @Override
        public Integer call() throws IOException {
            try (Connection connection = server.connectFarm(here)) {
                return run(connection.client());
            }
        }
    }

    private abstract static class OfOne extends OfFarm {
        @Parameters(paramLabel = "NODE", description = "Its name or id.")
        String node = "";

        OfOne(Surroundings here) {
            super(here);
        }
    }

    @Command(
            name = "list",
            description = "Lists the nodes.",
            footer = {"", "Examples:", "  kiln nodes list", "  kiln nodes list --json"})
    static final class ListThem extends OfFarm {
        ListThem(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            List<NodeView> nodes = client.nodes();
            Table table = new Table("NAME", "STATE", "SLOTS", "LOAD", "BLENDER", "TAGS", "VERSION", "ID");
            for (NodeView node : nodes) {
                table.row(
                        node.name(),
                        node.state(),
                        node.busy() + "/" + node.slots(),
                        node.loadPercent() + " %",
                        blenders(node),
                        node.tags().isEmpty() ? "-" : String.join(",", node.tags()),
                        node.version() == null ? "-" : node.version(),
                        node.id());
            }
            int exit = print(nodes, table, "There are no nodes. 'kiln nodes enrol' makes a token for one.");
            if (!json) {
                nodes.stream()
                        .filter(node -> node.problem() != null)
                        .forEach(node -> here.err().println(node.name() + ": " + node.problem()));
            }
            return exit;
        }
    }

    private static String blenders(NodeView node) {
        List<String> versions =
                node.engines().stream().map(EngineUse::version).distinct().toList();
        return versions.isEmpty() ? "-" : String.join(",", versions);
    }

    @Command(
            name = "show",
            description = "Shows one node.",
            footer = {"", "Example:", "  kiln nodes show render-07"})
    static final class Show extends OfOne {
        Show(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            NodeView node = client.node(this.node);
            if (json) {
                return say(node, "");
            }
            say(node.name() + " (" + node.id() + ") is " + node.state() + ".");
            say("  slots    " + node.busy() + " of " + node.slots() + " busy, " + node.cores() + " cores, "
                    + (node.memoryBytes() >> 30) + " GiB, " + node.loadPercent() + " % load");
            say("  version  " + (node.version() == null ? "-" : node.version()));
            say("  tags     " + (node.tags().isEmpty() ? "-" : String.join(", ", node.tags())));
            for (EngineUse engine : node.engines()) {
                say("  Blender  " + engine.version() + " (" + engine.backend() + ", " + engine.containment() + ")");
            }
            say("  heard of " + node.seenAt());
            return node.problem() == null ? 0 : say("  " + node.problem());
        }
    }

    @Command(
            name = "enrol",
            description = "Makes a token with which one machine joins; it is shown this once. For administrators.",
            footer = {"", "Examples:", "  kiln nodes enrol", "  kiln nodes enrol --minutes 10 --json"})
    static final class Enrol extends OfFarm {
        @Option(
                names = "--minutes",
                paramLabel = "N",
                converter = Minutes.class,
                description = "Until it expires, 1 to 10080. Without it 60.")
        @Nullable
        Integer minutes;

        Enrol(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            EnrolmentAdded added = client.enrolNode(new EnrolmentAdd(minutes));
            if (!json) {
                here.err()
                        .println("It is good for one machine until " + added.expiresAt()
                                + ". There: kiln node --server " + client.address() + " --enrol TOKEN");
            }
            return say(added, added.token());
        }
    }

    @Command(
            name = "drain",
            description = "Gives a node no more work; what it has goes on to its end.",
            footer = {"", "Example:", "  kiln nodes drain render-07"})
    static final class Drain extends OfOne {
        Drain(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            NodeView node = client.drainNode(this.node);
            return say(
                    node,
                    node.name() + " gets no more work"
                            + (node.busy() == 0 ? "; it has none." : "; what it has goes on to its end."));
        }
    }

    @Command(
            name = "disable",
            description = "Gives a node no more work, and what it has to others.",
            footer = {"", "Example:", "  kiln nodes disable render-07"})
    static final class Disable extends OfOne {
        Disable(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            NodeView node = client.disableNode(this.node);
            return say(node, node.name() + " gets no more work, and stops what it has.");
        }
    }

    @Command(
            name = "enable",
            description = "Gives a node work again, also one that was set aside.",
            footer = {"", "Example:", "  kiln nodes enable render-07"})
    static final class Enable extends OfOne {
        Enable(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            NodeView node = client.enableNode(this.node);
            return say(node, node.name() + " gets work again.");
        }
    }

    @Command(
            name = "remove",
            description = "Forgets a node; what it has goes to others, and its secret is void at once.",
            footer = {"", "Example:", "  kiln nodes remove render-07"})
    static final class Remove extends OfOne {
        Remove(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            NodeView gone = client.node(node);
            client.removeNode(gone.id());
            return say(gone, gone.name() + " is a node no more.");
        }
    }

    /** How long an enrolment is good for. */
    static final class Minutes extends WholeNumber {
        Minutes() {
            super(1, 10_080);
        }
    }
}

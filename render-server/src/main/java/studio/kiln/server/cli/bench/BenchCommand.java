package studio.kiln.server.cli.bench;

import picocli.CommandLine.Command;

/** {@code kiln bench}. */
@Command(
        name = "bench",
        description = "Measures what Kiln promises, on this machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {OverheadCommand.class, SchedulerCommand.class, StatusCommand.class, StatusClientCommand.class},
        footer = {
            "",
            "Example:",
            "  kiln bench overhead --json",
            "  kiln bench scheduler --studio --json",
            "  kiln bench status --json"
        })
public final class BenchCommand {}

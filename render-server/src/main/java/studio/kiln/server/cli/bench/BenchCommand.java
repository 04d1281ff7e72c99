package studio.kiln.server.cli.bench;

import picocli.CommandLine.Command;

/** {@code kiln bench}. */
@Command(
        name = "bench",
        description = "Measures what Kiln promises, on this machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = OverheadCommand.class,
        footer = {"", "Example:", "  kiln bench overhead --json"})
public final class BenchCommand {}

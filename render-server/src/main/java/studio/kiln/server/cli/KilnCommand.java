package studio.kiln.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import studio.kiln.core.KilnVersion;
import studio.kiln.server.cli.account.AuditCommand;
import studio.kiln.server.cli.account.GroupsCommand;
import studio.kiln.server.cli.account.LoginCommand;
import studio.kiln.server.cli.account.LogoutCommand;
import studio.kiln.server.cli.account.NodesCommand;
import studio.kiln.server.cli.account.ShareCommand;
import studio.kiln.server.cli.account.TokensCommand;
import studio.kiln.server.cli.account.UsersCommand;
import studio.kiln.server.cli.bench.BenchCommand;
import studio.kiln.server.cli.render.DemoCommand;
import studio.kiln.server.cli.render.RenderCommand;
import studio.kiln.server.cli.tasks.TasksCommand;

/** {@code kiln} itself. */
@Command(
        name = "kiln",
        description = {"A render studio for Blender: from a model file to finished pictures.", ""},
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = KilnCommand.Version.class,
        subcommands = {
            DemoCommand.class,
            RenderCommand.class,
            InspectCommand.class,
            TasksCommand.class,
            ModelsCommand.class,
            EnginesCommand.class,
            ImageCommand.class,
            ServeCommand.class,
            NodeCommand.class,
            NodesCommand.class,
            ServicesCommand.class,
            JobsCommand.class,
            BenchCommand.class,
            StopCommand.class,
            LoginCommand.class,
            LogoutCommand.class,
            UsersCommand.class,
            TokensCommand.class,
            GroupsCommand.class,
            ShareCommand.class,
            AuditCommand.class,
            DoctorCommand.class
        },
        footer = {
            "",
            "Also, by the launcher: kiln studio (the window), kiln test, kiln format, kiln build.",
            "",
            "Examples:",
            "  kiln demo",
            "  kiln render scene.blend --frames 1-10 -o out",
            "  kiln doctor",
            "",
            "KILN_HOME names the data folder, KILN_SERVER and KILN_TOKEN another server, KILN_BLENDER a Blender,",
            "KILN_CA certificates (PEM) of servers to believe besides the usual ones."
        })
public final class KilnCommand {
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version of Kiln.")
    private boolean version;

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Kiln " + KilnVersion.get()};
        }
    }
}

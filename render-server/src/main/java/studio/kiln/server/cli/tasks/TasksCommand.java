package studio.kiln.server.cli.tasks;

import picocli.CommandLine.Command;

/** {@code kiln tasks}. */
@Command(
        name = "tasks",
        description = "Shows and steers what was submitted. A task is named by its number or its id.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TasksList.class,
            TasksShow.class,
            TasksWatch.class,
            TasksSteer.Pause.class,
            TasksSteer.Resume.class,
            TasksSteer.Cancel.class,
            TasksSteer.Requeued.class,
            TasksSteer.Priority.class,
            TasksSteer.Next.class,
            TasksDownload.class,
            TasksLogs.class,
            TasksTimeline.class,
            TasksVerify.class,
            TasksScript.class
        },
        footer = {
            "",
            "Examples:",
            "  kiln tasks list",
            "  kiln tasks show 12",
            "  kiln tasks watch",
            "  kiln tasks download 12 -o out",
            "  kiln tasks cancel 12"
        })
public final class TasksCommand {}

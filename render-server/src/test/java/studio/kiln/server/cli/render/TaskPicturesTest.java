package studio.kiln.server.cli.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cli.CommandLineFixture;
import studio.kiln.server.cli.CommandLineFixture.Outcome;
import studio.kiln.server.cli.ExitCode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a person does later with a task that nothing waited for. */
class TaskPicturesTest {
    @TempDir
    Path folder;

    private SmallServer server;
    private CommandLineFixture kiln;

    @BeforeEach
    void start() throws IOException {
        server = new SmallServer();
        kiln = new CommandLineFixture(folder).localServer(server.address());
        server.publish(1, false);
        server.publish(2, false);
        server.set(SmallServer.view(TaskState.RUNNING, 2, 2, 3), false);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void the_pictures_of_a_task_are_fetched_by_their_names_and_not_again() throws IOException {
        Outcome outcome =
                kiln.run("tasks", "download", SmallServer.TASK, "-o", "out", "--name", "shot/{frame:03}.{ext}");
        assertThat(outcome.exit()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("2 pictures in", "of 3 that task #12 is to bring");
        assertThat(folder.resolve("out/shot/001.png")).hasContent("r1");
        assertThat(folder.resolve("out/shot/002.png")).hasContent("r2");
        server.publish(3, false);
        server.set(SmallServer.view(TaskState.SUCCEEDED, 3, 3, 3), false);
        JsonNode report = JsonMapper.shared()
                .readTree(kiln.run(
                                "tasks",
                                "download",
                                SmallServer.TASK,
                                "-o",
                                "out",
                                "--name",
                                "shot/{frame:03}.{ext}",
                                "--json")
                        .out());
        assertThat(report.path("status").asString()).isEqualTo("done");
        assertThat(report.path("results")).hasSize(3);
    }

    @Test
    void a_file_of_somebody_else_stays() throws IOException {
        Files.createDirectory(folder.resolve("out"));
        Files.writeString(folder.resolve("out/0001.png"), "mine");
        Outcome outcome = kiln.run("tasks", "download", SmallServer.TASK, "-o", "out");
        assertThat(outcome.exit()).isEqualTo(ExitCode.UNUSABLE);
        assertThat(outcome.err()).contains("in the way");
        assertThat(folder.resolve("out/0001.png")).hasContent("mine");
        assertThat(folder.resolve("out/0002.png")).hasContent("r2");
        assertThat(kiln.run("tasks", "download", SmallServer.TASK, "-o", "o2", "--name", "same.png")
                        .err())
                .contains("several frames");
    }

    @Test
    void a_task_that_is_not_there_keeps_the_command_from_all_others() {
        Outcome outcome = kiln.run("tasks", "cancel", SmallServer.TASK, "9999");
        assertThat(outcome.exit()).isNotZero();
        assertThat(server.cancels).hasValue(0);
        assertThat(kiln.run("tasks", "cancel", SmallServer.TASK).exit()).isZero();
        assertThat(server.cancels).hasValue(1);
    }
}

package studio.kiln.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.KilnServer;
import studio.kiln.server.cli.CommandLineFixture.Outcome;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

/** What an administrator types to see what was given up, and to have it tried again. */
@Tag("contract")
class JobsAndVerifyCommandsTest {
    @TempDir
    Path folder;

    private static String good(Outcome outcome) {
        assertThat(outcome.exit()).as(outcome.err()).isZero();
        return outcome.out().strip();
    }

    private void dead(String... ids) throws IOException {
        try (Database database = Database.embedded(folder.resolve("server"))) {
            database.run(tx -> {
                for (String id : ids) {
                    JobRow row = new JobRow();
                    row.id = id;
                    row.kind = JobKind.PLAN;
                    row.subject = "0".repeat(32);
                    row.owner = "ada";
                    row.state = JobState.DEAD;
                    row.attempts = 8;
                    row.message = "The planner was out of breath.";
                    row.createdAt = Database.now(tx);
                    row.notBefore = row.createdAt;
                    row.endedAt = row.createdAt;
                    tx.insert(row);
                }
            });
        }
    }

    @Test
    void an_administrator_sees_what_was_given_up_and_has_it_tried_again_and_the_audit_log_says_so() throws Exception {
        dead("plan-x-1", "plan-y-1", "plan-z-1");
        ServerConfig config = ServerConfig.of(Map.of())
                .withHome(folder.resolve("server"))
                .withoutNode()
                .withEntrance(new Entrance(true, "127.0.0.1", List.of(), List.of(), false, false, null));
        try (KilnServer server = KilnServer.start(config)) {
            CommandLineFixture root = new CommandLineFixture(folder)
                    .with("XDG_CONFIG_HOME", folder.resolve("root").toString());
            Files.writeString(folder.resolve("root.txt"), "the root of it all\n");
            String url = server.address().base().toString();
            good(root.run(
                    "login",
                    url,
                    "--user",
                    "root",
                    "--setup",
                    server.setupToken().orElseThrow(),
                    "--password-file",
                    "root.txt"));
            assertThat(good(root.run("jobs", "list", "--server", url)))
                    .contains("plan-x-1", "plan-y-1", "plan-z-1", "out of breath");
            assertThat(root.run("jobs", "replay", "--server", url).err()).contains("--all");
            assertThat(good(root.run("jobs", "replay", "plan-x-1", "--server", url)))
                    .isEqualTo("The job is tried again.");
            Outcome unknown = root.run("jobs", "replay", "plan-nowhere", "--server", url);
            assertThat(unknown.exit()).isNotZero();
            assertThat(unknown.err()).contains("plan-nowhere", "kiln jobs list");
            assertThat(good(root.run("jobs", "list", "--server", url, "--json")))
                    .doesNotContain("plan-x-1");
            assertThat(good(root.run("jobs", "replay", "--all", "--server", url)))
                    .isEqualTo("2 jobs are tried again.");
            assertThat(good(root.run("audit", "list", "--server", url))).contains("job.replay", "plan-x-1");
            Outcome nothing = root.run("tasks", "verify", "12", "--server", url);
            assertThat(nothing.exit()).isNotZero();
            assertThat(nothing.err()).contains("12");
        }
    }
}

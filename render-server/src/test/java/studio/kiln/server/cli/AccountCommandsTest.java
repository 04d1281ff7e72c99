package studio.kiln.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.KilnServer;
import studio.kiln.server.cli.CommandLineFixture.Outcome;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.ServerConfig;

/** What a person types to run a studio's accounts, against a real server. */
@Tag("contract")
class AccountCommandsTest {
    @TempDir
    Path folder;

    private KilnServer server;
    private String url;
    private CommandLineFixture root;
    private CommandLineFixture ada;

    @BeforeEach
    void start() throws IOException {
        server = KilnServer.start(ServerConfig.of(Map.of())
                .withHome(folder.resolve("server"))
                .withoutNode()
                .withEntrance(new Entrance(true, "127.0.0.1", List.of(), List.of(), false, false, null)));
        url = server.address().base().toString();
        root = new CommandLineFixture(folder)
                .with("XDG_CONFIG_HOME", folder.resolve("root").toString());
        ada = new CommandLineFixture(folder)
                .with("XDG_CONFIG_HOME", folder.resolve("ada").toString());
        Files.writeString(folder.resolve("root.txt"), "the root of it all\n");
        Files.writeString(folder.resolve("ada.txt"), "engines that calculate\n");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String good(Outcome outcome) {
        assertThat(outcome.exit()).as(outcome.err()).isZero();
        return outcome.out().strip();
    }

    private void setUp() {
        good(root.run(
                "login",
                url,
                "--user",
                "root",
                "--setup",
                server.setupToken().orElseThrow(),
                "--password-file",
                "root.txt"));
        good(root.run("users", "add", "ada", "--password-file", "ada.txt"));
        good(ada.run("login", url, "--user", "ada", "--password-file", "ada.txt"));
    }

    @Test
    void from_the_first_administrator_to_a_share_of_a_project() {
        setUp();
        assertThat(good(ada.run("users", "me"))).startsWith("ada, artist at " + url);
        assertThat(good(root.run("users", "list")))
                .contains("ada")
                .contains("root")
                .contains("admin");
        good(root.run("users", "add", "bob", "--role", "viewer", "--password-file", "ada.txt"));
        good(root.run("groups", "add", "fx"));
        assertThat(good(root.run("groups", "join", "fx", "bob"))).isEqualTo("In fx: bob.");
        String project = good(ada.run("share", "projects", "--add", "Film")).replaceAll(".*(project:\\w+).*", "$1");
        assertThat(good(ada.run("share", "add", project, "--group", "fx"))).contains("group fx, for reading");
        assertThat(good(ada.run("share", "people"))).contains("bob").contains("fx");
        String id = good(ada.run("share", "list", project))
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
        good(ada.run("share", "remove", project, id));
        assertThat(good(ada.run("share", "list", project))).isEqualTo("It is shared with nobody.");
        assertThat(good(root.run("groups", "remove", "fx"))).contains("gone");
    }

    @Test
    void the_session_is_kept_for_this_user_alone_and_used_by_all_commands() throws IOException {
        setUp();
        Path file = folder.resolve("ada").resolve("kiln").resolve("logins.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(good(ada.run("tasks", "list", "--server", url))).contains("no tasks");
        assertThat(good(ada.run("logout"))).startsWith("Signed out");
        Outcome out = ada.run("tasks", "list", "--server", url);
        assertThat(out.exit()).isEqualTo(ExitCode.UNUSABLE);
        assertThat(out.err()).contains("kiln login");
        assertThat(Files.readString(file)).doesNotContain("kiln_");
        assertThat(ada.run("users", "me").err()).contains("signed in to no studio server");
    }

    @Test
    void a_token_works_where_it_is_given_until_it_is_revoked() {
        setUp();
        String token = good(ada.run("tokens", "add", "nightly", "--days", "3"));
        CommandLineFixture robot = new CommandLineFixture(folder)
                .with("XDG_CONFIG_HOME", folder.resolve("robot").toString())
                .with("KILN_SERVER", url)
                .with("KILN_TOKEN", token);
        assertThat(good(robot.run("users", "me"))).startsWith("ada, artist");
        String list = good(ada.run("tokens", "list"));
        String id = list.lines()
                .filter(line -> line.contains("nightly"))
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
        good(ada.run("tokens", "revoke", id));
        assertThat(robot.run("users", "me").err()).contains("was revoked");
    }

    @Test
    void who_may_not_is_told_so_in_a_sentence() {
        setUp();
        Outcome no = ada.run("users", "list");
        assertThat(no.exit()).isEqualTo(ExitCode.UNUSABLE);
        assertThat(no.err()).contains("ask an administrator").doesNotContain("Exception");
        assertThat(root.run("users", "disable", "root").err()).contains("last administrator");
        assertThat(root.run("users", "role", "ada", "king").err())
                .contains("there are admin, wrangler, artist, viewer");
        assertThat(ada.run("share", "add", "tasks/12", "--user", "root").err()).contains("write task:12");
        good(root.run("users", "disable", "ada"));
        assertThat(ada.run("users", "me").exit()).isEqualTo(ExitCode.UNUSABLE);
        good(root.run("users", "enable", "ada"));
        good(root.run("users", "password", "ada", "--password-file", "root.txt"));
        good(ada.run("login", url, "--user", "ada", "--password-file", "root.txt"));
    }

    @Test
    void the_audit_log_is_listed_verified_and_exported() throws IOException {
        setUp();
        assertThat(good(root.run("audit", "list", "--act", "user.add"))).contains("ada");
        String sound = Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> good(root.run("audit", "verify")), text -> text.contains(", 0 not sealed"));
        String head = sound.replaceAll(".*Head ", "");
        good(root.run("audit", "export", "-o", "audit.jsonl"));
        assertThat(good(root.run("audit", "verify", "--file", "audit.jsonl", "--expect", head)))
                .startsWith("Sound");
        Path export = folder.resolve("audit.jsonl");
        Files.writeString(export, Files.readString(export).replace("as artist", "as admin"));
        Outcome broken = root.run("audit", "verify", "--file", "audit.jsonl");
        assertThat(broken.exit()).isEqualTo(ExitCode.FAILED);
        assertThat(broken.out()).contains("was changed after it was sealed").contains("BROKEN");
    }
}

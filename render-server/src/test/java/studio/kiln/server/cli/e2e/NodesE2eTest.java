package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.NodeView;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.backend.RealBlender;
import studio.kiln.server.backend.StandIn;

/**
 * A studio's server that renders nothing itself, and nodes as processes of their own: two with the stand-in Blender and, at
 * the end, one with the real one.
 */
@Tag("e2e")
@EmbeddedOnly("kills its server and its nodes; StudioFaultTest does so in studio mode")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodesE2eTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int LEASE = 6;

    @TempDir
    static Path folder;

    private Kiln studio;
    private Kiln.Running server;
    private KilnClient client;
    private String url;
    private Path hide;
    private final List<Machine> machines = new ArrayList<>();

    /** A node: a data folder and the process that works there. */
    private static final class Machine {
        final Kiln kiln;
        final String name;
        Kiln.Running node;

        Machine(Kiln kiln, String name) {
            this.kiln = kiln;
            this.name = name;
        }

        void start(String... more) {
            List<String> args = new ArrayList<>(List.of("node", "--name", name));
            args.addAll(List.of(more));
            node = kiln.start(args.toArray(String[]::new));
        }
    }

    @BeforeAll
    void begin() throws IOException {
        // in a namespace of its own an empty file stands where the real Blender is
        hide = Files.writeString(
                folder.resolve("hide"),
                "for place in /usr/bin/blender /usr/local/bin/blender; do\n"
                        + "  [ ! -e $place ] || mount --bind /dev/null $place\ndone\nexec \"$@\"\n");
        studio = new Kiln()
                .with("KILN_MODE", "studio")
                .with("KILN_LEASE_SECONDS", Integer.toString(LEASE))
                .with("XDG_CONFIG_HOME", folder.resolve("config").toString());
        serve(0);
        Matcher token = await().atMost(SOON)
                .until(() -> Pattern.compile("--setup (\\S+)").matcher(server.errSoFar()), Matcher::find);
        try (KilnClient first = new KilnClient(new ServerAddress(URI.create(url), ""))) {
            String session = first.setUp(new FirstAdmin(token.group(1), "root", null, "the root of it all"))
                    .token();
            client = new KilnClient(new ServerAddress(URI.create(url), session));
            studio.with("KILN_SERVER", url).with("KILN_TOKEN", session);
        }
        machines.add(machine("a"));
        machines.add(machine("b"));
        awaitState("a", "ready");
        awaitState("b", "ready");
    }

    @AfterAll
    void end() {
        machines.stream().filter(m -> m.node.isAlive()).forEach(m -> m.node.signal("KILL"));
        machines.forEach(m -> m.kiln.close());
        client.close();
        if (server.isAlive()) {
            server.signal("TERM");
            server.end();
        }
        studio.close();
    }

    private void serve(int port) throws IOException {
        server = studio.start("serve", "--no-node", "--port", Integer.toString(port));
        Path file = studio.home().resolve("run").resolve("server.json");
        await().atMost(SOON).until(() -> server.errSoFar().contains("Kiln serves") && Files.exists(file));
        Matcher address = Pattern.compile("http://127\\.0\\.0\\.1:\\d+").matcher(server.errSoFar());
        assertThat(address.find()).isTrue();
        url = address.group();
    }

    private Machine machine(String name) {
        Machine machine = new Machine(
                new Kiln()
                        .with("KILN_BACKEND", "process")
                        .with("KILN_BLENDER", StandIn.program().toString())
                        .startedBy("unshare", "--mount", "sh", hide.toString()),
                name);
        machine.start("--server", url, "--enrol", token());
        return machine;
    }

    private String token() {
        return good(studio.quick("nodes", "enrol")).out().strip();
    }

    private static Kiln.Outcome good(Kiln.Outcome outcome) {
        assertThat(outcome.exit()).as(outcome.toString()).isZero();
        return outcome;
    }

    private NodeView node(String name) {
        return client.node(name);
    }

    private void awaitState(String name, String state) {
        await().atMost(SOON).ignoreExceptions().untilAsserted(() -> {
            NodeView node = node(name);
            assertThat(node.state()).as(node.toString()).isEqualTo(state);
            assertThat(node.engines()).isNotEmpty();
        });
    }

    private Path model(String name, String modes) throws IOException {
        return Files.write(
                folder.resolve(name + ".blend"), StandIn.model("\"modes\": \"" + modes + "\", \"frame_end\": 200"));
    }

    /** Gives the task's id. */
    private String submit(Path model, String frames) {
        return good(studio.quick("render", model.toString(), "--frames", frames, "--detach"))
                .out()
                .strip();
    }

    private List<ChunkView.Attempt> attempts(String task) {
        return client.chunks(task).stream()
                .flatMap(chunk -> chunk.attempts().stream())
                .toList();
    }

    private boolean runs(String task, String node) {
        return attempts(task).stream()
                .anyMatch(a -> a.state() == AttemptState.RUNNING && a.node().equals(node));
    }

    /** Waits for the end, and looks whether there is exactly one picture of each frame. */
    private void awaitDone(String task, int frames) {
        TaskView done = await().atMost(SOON)
                .until(() -> client.task(task), t -> t.state().isEnd());
        assertThat(done.state()).as(String.valueOf(done.why())).isEqualTo(TaskState.SUCCEEDED);
        assertThat(client.results(task, null, 500).items())
                .extracting(ResultView::frame)
                .doesNotHaveDuplicates()
                .hasSize(frames);
    }

    @Test
    @Order(1)
    void two_nodes_share_a_task_and_every_picture_comes_once() throws IOException {
        String task = submit(model("shared", "slow=0.1"), "1-40");
        awaitDone(task, 40);
        assertThat(attempts(task)).extracting(ChunkView.Attempt::node).contains("a", "b");
        assertThat(attempts(task)).allMatch(a -> a.state() == AttemptState.SUCCEEDED);
        Kiln.Outcome list = good(studio.quick("nodes", "list"));
        assertThat(list.out())
                .contains("ready")
                .contains("4.3.2")
                .contains("a ")
                .contains("b ");
        assertThat(good(studio.quick("nodes", "list", "--json")).json()).hasSize(2);
    }

    @Test
    @Order(2)
    void a_node_that_slept_past_its_lease_changes_nothing_when_it_wakes() throws IOException {
        Machine a = machines.getFirst();
        String task = submit(model("asleep", "slow=0.5"), "1-30");
        await().atMost(SOON).until(() -> runs(task, "a"));
        a.node.signal("STOP");
        try {
            await().atMost(SOON)
                    .until(() -> attempts(task).stream()
                            .anyMatch(t ->
                                    t.state() == AttemptState.LOST && t.node().equals("a")));
        } finally {
            a.node.signal("CONT");
        }
        awaitDone(task, 30);
        awaitState("a", "ready");
    }

    @Test
    @Order(3)
    void nodes_render_on_while_the_server_is_gone_and_deliver_afterwards() throws IOException {
        String task = submit(model("outage", "slow=0.5"), "1-20");
        await().atMost(SOON).until(() -> runs(task, "a") && runs(task, "b"));
        int port = URI.create(url).getPort();
        server.signal("KILL");
        await().atMost(SOON).until(() -> !server.isAlive());
        // long enough for frames to come of which nobody hears
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        serve(port);
        awaitDone(task, 20);
        assertThat(attempts(task)).as("nothing was lost").allMatch(t -> t.state() == AttemptState.SUCCEEDED);
    }

    @Test
    @Order(4)
    void what_a_killed_node_had_goes_to_others_when_it_is_started_again() throws IOException {
        Machine a = machines.getFirst();
        String task = submit(model("killed", "slow=0.5"), "1-20");
        await().atMost(SOON).until(() -> runs(task, "a"));
        a.node.signal("KILL");
        await().atMost(SOON).until(() -> !a.node.isAlive());
        a.start();
        awaitDone(task, 20);
        assertThat(attempts(task)).anyMatch(t -> t.state() == AttemptState.LOST);
        awaitState("a", "ready");
    }

    @Test
    @Order(5)
    void a_copy_of_a_data_folder_is_refused_and_people_see_it() throws IOException {
        Machine a = machines.getFirst();
        Path copy = folder.resolve("copy");
        Kiln.run("cp", "-r", a.kiln.home().resolve("render-node").toString(), copy.toString());
        Kiln.Running second = a.kiln.start("node", "--home", copy.toString(), "--name", "copy");
        try {
            await().atMost(SOON).until(() -> second.errSoFar().contains("A second machine"));
            assertThat(second.errSoFar()).contains("kiln nodes enrol");
            assertThat(good(studio.quick("nodes", "list")).err()).contains("A second machine");
        } finally {
            second.signal("KILL");
        }
        good(studio.quick("nodes", "enable", "a"));
        assertThat(node("a").problem()).isNull();
    }

    @Test
    @Order(6)
    void a_node_that_is_told_to_end_finishes_what_it_has() throws IOException {
        Machine b = machines.get(1);
        String task = submit(model("drained", "slow=0.3"), "1-20");
        await().atMost(SOON).until(() -> runs(task, "b"));
        b.node.signal("TERM");
        assertThat(b.node.end().exit()).isZero();
        awaitDone(task, 20);
        assertThat(attempts(task)).allMatch(t -> t.state() == AttemptState.SUCCEEDED);
        assertThat(node("b").state()).isEqualTo("lost");
    }

    @Test
    @Order(7)
    void a_real_blender_on_a_node_renders_what_plain_blender_renders() throws IOException {
        good(studio.quick("nodes", "disable", "a"));
        Kiln real = new Kiln().with("KILN_BACKEND", "process");
        Machine c = new Machine(real, "c");
        machines.add(c);
        c.start("--server", url, "--enrol", token());
        await().atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(node("c").engines()).isNotEmpty());
        byte[] file = RealBlender.plain();
        Path plain = Files.createDirectory(folder.resolve("plain"));
        RealBlender.animate(file, plain, 1, 2);
        Path out = folder.resolve("out");
        good(studio.quick(
                "render",
                Files.write(folder.resolve("cube.blend"), file).toString(),
                "--frames",
                "1-2",
                "-o",
                out.toString()));
        for (String picture : List.of("0001.png", "0002.png")) {
            assertThat(Pixels.same(out.resolve(picture), plain.resolve(picture)))
                    .as(picture)
                    .isTrue();
        }
    }

    @Test
    @Order(8)
    void a_node_that_was_removed_ends_and_says_why() {
        Machine c = machines.getLast();
        good(studio.quick("nodes", "remove", "c"));
        Kiln.Outcome end = c.node.end();
        assertThat(end.exit()).as(end.toString()).isEqualTo(2);
        assertThat(end.err()).contains("may have been removed");
    }
}

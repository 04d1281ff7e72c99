package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.task.AttemptState;
import studio.kiln.server.backend.RealBlender;
import studio.kiln.server.backend.StandIn;
import studio.kiln.server.ops.services.Endpoint;

/**
 * A studio of two servers and two nodes with real services, each part of which fails once while both nodes render. The
 * stand-in Blender renders, twice the real one.
 */
@Tag("fault")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StudioFaultTest {
    private static final int LEASE = 6;
    private static final Duration PAST_THE_LEASE = Duration.ofSeconds(LEASE + 2);
    private static final int FRAMES = 24;

    @TempDir
    static Path folder;

    private StudioFarm farm;
    private Path model;
    private Map<Integer, String> reference;

    @BeforeAll
    void begin() throws Exception {
        // a copy, so that its processes are known from others', of a version that no real Blender has
        Path blender = folder.resolve("stand-in").resolve("blender");
        Files.createDirectory(blender.getParent());
        Files.copy(StandIn.program(), blender, StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(blender, Files.readString(blender).replace("\"4.3.2\"", "\"4.9.0\""));
        farm = new StudioFarm(folder, Map.of("KILN_LEASE_SECONDS", Integer.toString(LEASE)));
        farm.join("a", Map.of("KILN_BLENDER", blender.toString()));
        farm.join("b", Map.of("KILN_BLENDER", blender.toString()));
        farm.serve();
        model = model("model");
        farm.awaitReady("a");
        farm.awaitReady("b");
        String calm = farm.submit(model, "1-" + FRAMES);
        reference = farm.verify(calm, FRAMES);
        assertThat(reference.values()).doesNotHaveDuplicates();
        assertNothingLost(calm);
    }

    @AfterAll
    void end() throws InterruptedException {
        farm.close();
    }

    @AfterEach
    void mend() throws InterruptedException {
        farm.mend();
    }

    private static Path model(String name) throws IOException {
        String text = new String(
                StandIn.model("\"modes\": \"slow=0.3\", \"frame_end\": 100, \"name\": \"" + name + "\""),
                StandardCharsets.UTF_8);
        return Files.writeString(folder.resolve(name + ".blend"), text.replace("-v403", "-v409"));
    }

    /** A task of which both nodes render something. */
    private String underWay() {
        String task = farm.submit(model, "1-" + FRAMES);
        await().atMost(StudioFarm.SOON).until(() -> farm.renders(task, "a") && farm.renders(task, "b"));
        return task;
    }

    private void verify(String task) {
        assertThat(farm.verify(task, FRAMES)).isEqualTo(reference);
    }

    private void assertNothingLost(String task) {
        assertThat(farm.attempts(task))
                .as(farm.timeline(task).toString())
                .allMatch(attempt -> attempt.state() == AttemptState.SUCCEEDED);
    }

    private boolean hasLost(String task, String node) {
        return farm.attempts(task).stream()
                .anyMatch(attempt ->
                        attempt.state() == AttemptState.LOST && attempt.node().equals(node));
    }

    // -- what dies -------------------------------------------------------------------------------------------------

    @Test
    void what_a_killed_node_had_goes_to_another() {
        String task = underWay();
        farm.nodes.get("a").kill();
        verify(task);
        assertThat(hasLost(task, "a")).isTrue();
    }

    @Test
    void a_killed_server_loses_nothing() {
        String task = underWay();
        farm.servers.getFirst().kill();
        farm.awaitEnd(task);
        farm.serveAgain(0);
        verify(task);
        assertNothingLost(task);
    }

    @Test
    void without_a_broker_work_goes_on_and_more_is_taken() throws Exception {
        String task = underWay();
        farm.killService("rabbitmq");
        String second = farm.submit(model, "1-" + FRAMES);
        farm.awaitEnd(second);
        farm.startService("rabbitmq");
        verify(task);
        verify(second);
        assertNothingLost(task);
        assertNothingLost(second);
    }

    @Test
    void nodes_render_on_while_the_database_is_dead() throws Exception {
        String task = underWay();
        farm.killService("mariadb");
        await().atMost(StudioFarm.SOON)
                .until(() -> farm.readiness(farm.servers.getFirst()).contains("\"status\":\"down\""));
        farm.startService("mariadb");
        verify(task);
        assertNothingLost(task);
    }

    @Test
    void without_redis_work_goes_on_and_more_is_taken() throws Exception {
        String task = underWay();
        farm.killService("redis");
        String second = farm.submit(model, "1-" + FRAMES);
        farm.awaitEnd(second);
        farm.startService("redis");
        verify(task);
        verify(second);
        assertNothingLost(task);
        assertNothingLost(second);
    }

    @Test
    void results_wait_for_a_store_that_is_dead() throws Exception {
        String task = underWay();
        farm.killService("s3");
        await().atMost(StudioFarm.SOON)
                .until(() -> farm.nodes.values().stream()
                        .allMatch(node -> StudioFarm.log(node).contains("does not take the results")));
        farm.startService("s3");
        verify(task);
        assertNothingLost(task);
    }

    // -- what is silent --------------------------------------------------------------------------------------------

    @Test
    void a_node_that_slept_past_its_lease_changes_nothing_when_it_wakes() {
        String task = underWay();
        Kiln.Running a = farm.nodes.get("a").process;
        a.signal("STOP");
        try {
            await().atMost(StudioFarm.SOON).until(() -> hasLost(task, "a"));
        } finally {
            a.signal("CONT");
        }
        verify(task);
    }

    @Test
    void nodes_that_were_all_cut_off_past_their_leases_deliver_what_they_rendered() {
        String task = underWay();
        farm.gateway.cut(true);
        await().pollDelay(PAST_THE_LEASE).until(() -> true);
        farm.gateway.cut(false);
        verify(task);
        assertNothingLost(task);
    }

    // -- what is forgotten, said again or refused ------------------------------------------------------------------

    @Test
    void an_emptied_redis_is_filled_again() {
        String task = underWay();
        Endpoint at = farm.services.endpoint("redis");
        try (Jedis redis = new Jedis("redis://:" + at.password() + "@" + at.host() + ":" + at.port())) {
            redis.flushAll();
            assertThat(farm.client().status(task).id()).isEqualTo(task);
            verify(task);
            assertThat(redis.dbSize()).isPositive();
        }
        assertNothingLost(task);
    }

    @Test
    void a_message_that_comes_three_times_is_heeded_once() throws Exception {
        Broker broker = new Broker(folder.resolve("services"), farm.services.endpoint("rabbitmq"));
        try (Broker.Echo echo = broker.everyMessageThrice()) {
            String task = underWay();
            echo.job("plan-" + task + "-1");
            verify(task);
            assertNothingLost(task);
            assertThat(echo.copied()).anyMatch(message -> message.startsWith("kiln.hints/"));
        }
    }

    @Test
    void a_completion_that_is_refused_five_times_is_told_again() {
        Map<String, AtomicInteger> refusals = new ConcurrentHashMap<>();
        Map<String, AtomicInteger> lost = new ConcurrentHashMap<>();
        farm.gateway.meddle((path, report) -> {
            if (report.contains("\"finished\"")
                    && refusals.computeIfAbsent(path, p -> new AtomicInteger()).getAndIncrement() < 5) {
                return Gateway.Way.REFUSE;
            }
            // and the first answer about pictures is lost
            return report.contains("\"rendered\"")
                            && lost.computeIfAbsent(path, p -> new AtomicInteger())
                                            .getAndIncrement()
                                    < 1
                    ? Gateway.Way.LOSE_THE_ANSWER
                    : Gateway.Way.PASS;
        });
        String task = underWay();
        verify(task);
        assertNothingLost(task);
        assertThat(refusals).isNotEmpty();
        assertThat(refusals.values()).allMatch(times -> times.get() == 6);
    }

    // -- with the real Blender -------------------------------------------------------------------------------------

    @Test
    @Tag("needs-blender")
    void a_real_Blender_of_a_killed_node_ends_and_another_renders_what_it_had() throws Exception {
        real(() -> {
            farm.nodes.get("a").kill();
            farm.verifyNoOrphans();
        });
    }

    @Test
    @Tag("needs-blender")
    void real_Blenders_render_on_while_the_database_is_dead() throws Exception {
        String task = real(() -> {
            farm.killService("mariadb");
            farm.startService("mariadb");
        });
        assertNothingLost(task);
    }

    @Test
    @Tag("needs-docker")
    @Tag("long")
    void containers_of_a_killed_node_are_gone_when_it_is_back_and_renders_the_rest() throws Exception {
        Path scene = Assets.path("bench/frames20.blend");
        Path plain = folder.resolve("plain-docker");
        PlainBlender.DOCKER.animate(scene.getParent(), scene.getFileName().toString(), 1, 10, plain);
        farm.join("c", Map.of("KILN_BACKEND", "docker"));
        try {
            farm.awaitReady("c");
            String task = farm.command(
                    "render", scene.toString(), "--frames", "1-10", "--fresh", "--detach", "--blender", "4.3");
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> !farm.results(task).isEmpty() && farm.renders(task, "c"));
            List<String> before = StudioFarm.containers(farm.nodes.get("c"));
            assertThat(before).isNotEmpty();
            farm.nodes.get("c").kill();
            farm.joinAgain("c");
            farm.verify(task, 10);
            farm.verifyPixels(task, plain);
            assertThat(hasLost(task, "c")).isTrue();
            assertThat(StudioFarm.containers(farm.nodes.get("c"))).doesNotContainAnyElementsOf(before);
        } finally {
            farm.part("c");
        }
    }

    private interface Fault {
        void happen() throws Exception;
    }

    /** Lets the fault happen while both nodes render with the real Blender; pixels must be those of plain Blender. */
    private String real(Fault fault) throws Exception {
        Path scene = Assets.path("bench/frames20.blend");
        Path plain = folder.resolve("plain");
        if (!Files.exists(plain)) {
            RealBlender.animate(Files.readAllBytes(scene), Files.createDirectory(plain), 1, 20);
        }
        String task = farm.submit(scene, "1-20");
        await().atMost(Duration.ofMinutes(2)).until(() -> farm.renders(task, "a") && farm.renders(task, "b"));
        fault.happen();
        farm.verify(task, 20);
        farm.verifyPixels(task, plain);
        List<ChunkView.Attempt> attempts = farm.attempts(task);
        assertThat(attempts).extracting(ChunkView.Attempt::node).contains("a", "b");
        return task;
    }
}

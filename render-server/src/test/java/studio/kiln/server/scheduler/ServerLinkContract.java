package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.FailureKind;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.node.ServerLink.Claim;
import studio.kiln.server.node.ServerLink.NodeFacts;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Publication;
import studio.kiln.server.persistence.JobState;
import studio.kiln.server.storage.DigestMismatch;

/** What a node may rely on, whatever way leads to its server. */
abstract class ServerLinkContract {
    private static final Duration AT_ONCE = Duration.ZERO;

    @TempDir
    Path folder;

    Farm farm;
    ServerLink link;
    String node;

    /** Opens the way to the farm's server and says under which id. */
    abstract void connect() throws IOException;

    /** Opens the same way again, as a server that was started again would see it. */
    abstract ServerLink anew();

    abstract void disconnect();

    @BeforeEach
    void open() throws Exception {
        farm = new Farm(folder);
        connect();
        register("boot1", List.of());
    }

    @AfterEach
    void close() {
        assertThat(farm.scheduler.reconciler().pass())
                .as("what the repair pass found")
                .isZero();
        disconnect();
        farm.close();
    }

    final void register(String boot, Collection<String> holding) {
        link.register(facts(boot, "here"), List.of(Farm.engine("process", "3.4.1")), holding);
    }

    final NodeFacts facts(String boot, String machine) {
        return new NodeFacts(node, boot, machine, "n1", "1", 1, 2, 8L << 30, List.of("big"));
    }

    final Assignment.Render claim() throws InterruptedException {
        List<Assignment> given = link.claim(new Claim(node, 1, false), AT_ONCE);
        assertThat(given).hasSize(1);
        return (Assignment.Render) given.getFirst();
    }

    final Publication store(ServerLink way, String attempt, OutputKey output) throws Exception {
        byte[] bytes = ("picture of " + output).getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(folder.resolve("picture"), bytes);
        Sha256 digest = Sha256.of(bytes);
        way.store(attempt, file, digest);
        return new Publication(output, digest, bytes.length, "png", 32, 24, 0.5, "Camera", "CPU", List.of());
    }

    private TaskView task(TaskView task) {
        return farm.scheduler.task(task.id());
    }

    @Test
    void a_chunk_is_claimed_rendered_published_and_done() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render chunk = claim();
        assertThat(chunk.owner()).isEqualTo("ada");
        assertThat(chunk.lease()).isEqualTo(Farm.SETTINGS.lease());
        assertThat(chunk.outputs()).extracting(OutputKey::frame).containsExactly(1, 2, 3);
        link.started(chunk.attempt());
        link.warn(chunk.attempt(), new RenderWarning("CAMERA_ADDED", "A camera was added.", null));
        link.log(chunk.attempt(), "info", "a line");
        for (OutputKey output : chunk.outputs()) {
            link.publish(chunk.attempt(), List.of(store(link, chunk.attempt(), output)));
        }
        link.finished(chunk.attempt());
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(task(task).warnings()).extracting(RenderWarning::code).contains("CAMERA_ADDED");
        assertThat(farm.scheduler.results(task.id(), null, 10).items()).hasSize(3);
        await().untilAsserted(() -> assertThat(
                        farm.scheduler.logs(task.id(), null, 50).items())
                .anyMatch(line -> line.message().equals("a line")));
    }

    @Test
    void a_message_that_comes_again_does_nothing_new() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        for (int i = 0; i < 3; i++) {
            link.started(chunk.attempt());
        }
        for (OutputKey output : chunk.outputs()) {
            for (int i = 0; i < 3; i++) {
                link.publish(chunk.attempt(), List.of(store(link, chunk.attempt(), output)));
            }
        }
        for (int i = 0; i < 3; i++) {
            link.finished(chunk.attempt());
        }
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(farm.scheduler.results(task.id(), null, 10).items()).hasSize(2);
    }

    @Test
    void an_attempt_that_was_given_to_others_is_refused_and_changes_nothing() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        link.started(chunk.attempt());
        Publication picture = store(link, chunk.attempt(), chunk.outputs().getFirst());
        register("boot2", List.of());
        assertThatThrownBy(() -> link.publish(chunk.attempt(), List.of(picture)))
                .isInstanceOf(NotCurrent.class);
        assertThatThrownBy(() -> link.finished(chunk.attempt())).isInstanceOf(NotCurrent.class);
        assertThatThrownBy(() -> link.failed(chunk.attempt(), FailureKind.TRANSIENT, "X", "x", null))
                .isInstanceOf(NotCurrent.class);
        assertThatThrownBy(() -> link.started("00000000000000000000000000000099"))
                .isInstanceOf(NotCurrent.class);
        assertThat(link.renew(node, List.of(chunk.attempt()))).isEmpty();
        assertThat(task(task).outputs().done()).isZero();
        assertThat(claim().attempt()).isNotEqualTo(chunk.attempt());
    }

    @Test
    void another_process_of_the_node_keeps_only_what_it_still_has_to_deliver() throws Exception {
        farm.submit(farm.readyModel("a"), "1-30");
        Assignment.Render kept = claim();
        Assignment.Render lost = claim();
        register("boot1", List.of());
        assertThat(link.renew(node, List.of(kept.attempt(), lost.attempt())))
                .containsExactlyInAnyOrder(kept.attempt(), lost.attempt());
        register("boot2", List.of(kept.attempt()));
        assertThat(link.renew(node, List.of(kept.attempt(), lost.attempt()))).containsExactly(kept.attempt());
        link.publish(
                kept.attempt(),
                List.of(store(link, kept.attempt(), kept.outputs().getFirst())));
        link.released(kept.attempt(), "The node was restarted.");
    }

    @Test
    void a_node_that_waits_for_work_hears_of_it_at_once() throws Exception {
        CompletableFuture<List<Assignment>> given = CompletableFuture.supplyAsync(() -> {
            try {
                return link.claim(new Claim(node, 1, false), Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        farm.submit(farm.readyModel("a"), "1");
        assertThat(given.get(10, java.util.concurrent.TimeUnit.SECONDS)).hasSize(1);
    }

    @Test
    void what_is_cancelled_is_to_be_stopped_and_the_node_hears_of_it_at_once() throws Exception {
        Set<String> stopped = ConcurrentHashMap.newKeySet();
        link.onStop(stopped::addAll);
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        link.started(chunk.attempt());
        assertThat(link.renew(node, List.of(chunk.attempt()))).containsExactly(chunk.attempt());
        farm.scheduler.cancel(task.id(), "ada");
        await().atMost(Duration.ofSeconds(5)).until(() -> stopped.contains(chunk.attempt()));
        assertThat(link.renew(node, List.of(chunk.attempt()))).isEmpty();
        link.released(chunk.attempt(), "Stopped");
        assertThat(task(task).state()).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void a_node_that_drains_gets_no_more_and_finishes_what_it_has() throws Exception {
        farm.submit(farm.readyModel("a"), "1-30");
        Assignment.Render chunk = claim();
        farm.scheduler.nodes().drain(node);
        assertThat(link.claim(new Claim(node, 1, true), AT_ONCE)).isEmpty();
        assertThat(link.renew(node, List.of(chunk.attempt()))).containsExactly(chunk.attempt());
        assertThat(farm.scheduler.nodes().node(node).state()).isEqualTo("draining");
        link.released(chunk.attempt(), "enough");
        assertThat(farm.scheduler.nodes().node(node).state()).isEqualTo("drained");
        farm.scheduler.nodes().enable(node);
        claim();
    }

    @Test
    void a_node_that_is_disabled_stops_what_it_has_and_others_get_it() throws Exception {
        Set<String> stopped = ConcurrentHashMap.newKeySet();
        link.onStop(stopped::addAll);
        farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        farm.scheduler.nodes().disable(node);
        assertThat(link.renew(node, List.of(chunk.attempt()))).isEmpty();
        link.released(chunk.attempt(), "Stopped");
        assertThat(link.claim(new Claim(node, 1, true), AT_ONCE)).isEmpty();
        farm.registerNode();
        assertThat(farm.claimOne(Farm.NODE).outputs()).hasSize(2);
    }

    @Test
    void a_failure_is_counted_and_the_work_tried_again() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        link.started(chunk.attempt());
        link.failed(chunk.attempt(), FailureKind.TRANSIENT, "BLENDER_CRASHED", "It crashed.", "signal 11");
        await().untilAsserted(() -> {
            farm.scheduler.sweeps().retries();
            assertThat(claim().attempt()).isNotEqualTo(chunk.attempt());
        });
        assertThat(farm.scheduler.chunks(task.id()).getFirst().attempts()).hasSize(2);
    }

    @Test
    void a_model_is_looked_into_also_when_the_server_was_started_again_meanwhile() throws Exception {
        String version = farm.uploadedModel("a");
        List<Assignment> given = link.claim(new Claim(node, 0, true), AT_ONCE);
        assertThat(given).hasSize(1);
        String attempt = given.getFirst().attempt();
        link.started(attempt);
        ServerLink later = anew();
        assertThat(later.renew(node, List.of(attempt))).containsExactly(attempt);
        for (int i = 0; i < 2; i++) {
            later.inspected(attempt, Farm.inspection(Farm.scene("Scene")));
        }
        JobState state = farm.database.read(tx -> tx.createSelectionQuery(
                        "select state from JobRow where subject = :version and attempt = :attempt", JobState.class)
                .setParameter("version", version)
                .setParameter("attempt", attempt)
                .getSingleResult());
        assertThat(state).isEqualTo(JobState.DONE);
        Assignment.Thumbnail small = (Assignment.Thumbnail)
                later.claim(new Claim(node, 0, true), Duration.ofSeconds(5)).getFirst();
        byte[] bytes = {1, 2, 3};
        later.store(small.attempt(), Files.write(folder.resolve("small"), bytes), Sha256.of(bytes));
        later.thumbnailMade(small.attempt(), Sha256.of(bytes));
    }

    @Test
    void the_bytes_of_the_model_are_read_and_those_of_pictures_are_checked() throws Exception {
        farm.blobs.put(new ByteArrayInputStream("a".getBytes(StandardCharsets.UTF_8)), Sha256.of("a"));
        farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        try (InputStream in = link.read(chunk.manifest().files().getFirst().sha256())) {
            assertThat(in.readAllBytes()).asString().isEqualTo("a");
        }
        Path file = Files.write(folder.resolve("picture"), new byte[1 << 20]);
        assertThatThrownBy(() -> link.store(chunk.attempt(), file, Sha256.of("something else")))
                .isInstanceOf(DigestMismatch.class);
        assertThat(farm.blobs.size(Sha256.of("something else"))).isEmpty();
    }

    @Test
    void the_node_is_shown_as_it_said_it_is() {
        var view = farm.scheduler.nodes().node(node);
        assertThat(view.name()).isEqualTo("n1");
        assertThat(view.tags()).containsExactly("big");
        assertThat(view.state()).isEqualTo("ready");
        assertThat(view.engines()).hasSize(1);
        assertThat(view.problem()).isNull();
    }
}

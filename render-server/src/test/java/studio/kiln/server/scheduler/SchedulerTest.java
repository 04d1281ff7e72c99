package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.FailureKind;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.security.Sight;

@Tag("contract")
class SchedulerTest {
    @TempDir
    Path folder;

    Farm farm;

    /** The same one each time that it is opened in a test. */
    Database database(Path folder) {
        return Database.embedded(folder.resolve("db"));
    }

    @BeforeEach
    void open() throws Exception {
        farm = new Farm(folder, Farm.SETTINGS, database(folder));
        farm.registerNode();
    }

    @AfterEach
    void close() {
        assertThat(farm.scheduler.reconciler().pass())
                .as("what the repair pass found")
                .isZero();
        farm.close();
    }

    private TaskView task(TaskView task) {
        return farm.scheduler.task(task.id());
    }

    // ------------------------------------------------------------------------------------------------ the usual way

    @Test
    void a_task_goes_from_submission_to_its_pictures() throws Exception {
        TaskView submitted = farm.submit(farm.readyModel("a"), "1-12");
        assertThat(submitted.state()).isEqualTo(TaskState.QUEUED);
        assertThat(submitted.frames()).isEqualTo("1-12");
        assertThat(submitted.outputs().total()).isEqualTo(12);
        assertThat(submitted.chunks().ready()).isEqualTo(2);
        assertThat(submitted.engine().version()).isEqualTo("3.4.1");
        assertThat(submitted.number()).isEqualTo(1);

        Assignment.Render chunk = farm.claimOne();
        assertThat(chunk.outputs()).hasSize(10);
        assertThat(chunk.owner()).isEqualTo("ada");
        assertThat(chunk.manifest().root()).isEqualTo("scene.blend");
        assertThat(task(submitted).state()).isEqualTo(TaskState.RUNNING);
        farm.render(chunk);
        assertThat(farm.scheduler.status(submitted.id()).progress()).isEqualTo(10 / 12.0);
        farm.renderAll();

        TaskView done = task(submitted);
        assertThat(done.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(done.status()).isEqualTo("done");
        assertThat(done.outputs().done()).isEqualTo(12);
        assertThat(done.spentSeconds()).isEqualTo(6.0);
        assertThat(done.endedAt()).isNotNull();
        List<ResultView> results = farm.scheduler.results(done.id(), null, 100).items();
        assertThat(results).extracting(ResultView::frame).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(results).allMatch(result -> !result.reused());
        assertThat(farm.scheduler.status(done.id()).progress()).isEqualTo(1);
    }

    @Test
    void every_transition_is_in_the_timeline() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        farm.renderAll();
        var timeline = farm.scheduler.timeline(task.id(), null, 100).items();
        assertThat(timeline.stream().filter(e -> e.subject().equals("task")).map(e -> e.from() + ">" + e.to()))
                .containsExactly("null>QUEUED", "QUEUED>QUEUED", "QUEUED>RUNNING", "RUNNING>SUCCEEDED");
        assertThat(timeline.stream().filter(e -> e.subject().equals("chunk")).map(e -> e.from() + ">" + e.to()))
                .containsExactly("READY>LEASED", "LEASED>RUNNING", "RUNNING>SUCCEEDED");
        assertThat(timeline.stream().filter(e -> e.subject().equals("attempt")).map(e -> e.from() + ">" + e.to()))
                .containsExactly("null>LEASED", "LEASED>RUNNING", "RUNNING>PUBLISHING", "PUBLISHING>SUCCEEDED");
        assertThat(timeline).allMatch(e -> !e.actor().isEmpty());
    }

    @Test
    void what_was_rendered_before_is_reused_and_only_the_rest_is_rendered() {
        String version = farm.readyModel("a");
        farm.submit(version, "1-20");
        farm.renderAll();
        TaskView second = farm.submit(version, "1-25");
        assertThat(second.outputs().reused()).isEqualTo(20);
        assertThat(second.outputs().done()).isEqualTo(20);
        assertThat(farm.renderAll()).extracting(OutputKey::frame).containsExactly(21, 22, 23, 24, 25);
        assertThat(task(second).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(farm.scheduler.results(second.id(), null, 100).items())
                .filteredOn(ResultView::reused)
                .hasSize(20);

        TaskView third = farm.submit(version, "1-25");
        assertThat(third.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(third.outputs().reused()).isEqualTo(25);
        assertThat(farm.claim(1)).isEmpty();
    }

    @Test
    void a_person_can_ask_for_a_fresh_render() {
        String version = farm.readyModel("a");
        farm.submit(version, "1-3");
        farm.renderAll();
        TaskView fresh = farm.scheduler.submit(
                new TaskRequest(version, null, "1-3", null, null, null, null, null, true, null, null, null),
                "ada",
                null);
        assertThat(fresh.outputs().reused()).isZero();
        assertThat(farm.renderAll()).hasSize(3);
    }

    @Test
    void trust_in_the_scripts_of_a_file_is_the_tasks_own_and_stands_in_its_timeline() throws Exception {
        String version = farm.readyModel("a");
        farm.submit(version, "1-3");
        assertThat(farm.renderAll()).hasSize(3);
        TaskView trusting = farm.scheduler.submit(
                new TaskRequest(version, null, "1-3", null, null, null, null, null, null, null, null, null, true, null),
                "ada",
                null);
        assertThat(trusting.outputs().reused())
                .as("pictures made without the scripts")
                .isZero();
        assertThat(farm.claimOne().trusted()).isTrue();
        assertThat(farm.scheduler
                        .timeline(trusting.id(), null, 10)
                        .items()
                        .getFirst()
                        .why())
                .contains("trusted");
    }

    @Test
    void the_same_submission_again_gives_the_same_task() {
        String version = farm.readyModel("a");
        TaskRequest request = Farm.request(version, "1-3", 50);
        TaskView first = farm.scheduler.submit(request, "ada", "key-1");
        assertThat(farm.scheduler.submit(request, "ada", "key-1").id()).isEqualTo(first.id());
        assertThat(farm.scheduler.submit(request, "bob", "key-1").id()).isNotEqualTo(first.id());
        assertThatThrownBy(() -> farm.scheduler.submit(Farm.request(version, "1-4", 50), "ada", "key-1"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("another request");
    }

    @Test
    void a_task_submitted_while_its_model_is_looked_into_is_planned_when_that_is_done() throws Exception {
        String version = farm.uploadedModel("a");
        TaskView task = farm.submit(version, "1-3");
        assertThat(task.state()).isEqualTo(TaskState.QUEUED);
        assertThat(task.why()).contains("looked into");
        assertThat(farm.claim(1)).isEmpty();

        Assignment.Inspect inspect =
                (Assignment.Inspect) farm.claim(Farm.NODE, 1, true).getFirst();
        assertThat(inspect.version()).isEqualTo(version);
        farm.link.inspected(inspect.attempt(), Farm.inspection(Farm.scene("Scene")));
        farm.link.inspected(inspect.attempt(), Farm.inspection(Farm.scene("Scene")));

        Awaitility.await().until(() -> task(task).outputs().total() == 3);
        assertThat(farm.renderAll()).hasSize(3);
        Assignment.Thumbnail thumbnail =
                (Assignment.Thumbnail) farm.claim(Farm.NODE, 0, true).getFirst();
        farm.link.thumbnailMade(thumbnail.attempt(), studio.kiln.core.asset.Sha256.of("thumb"));
        assertThat(farm.claim(Farm.NODE, 1, true)).isEmpty();
    }

    @Test
    void a_model_that_cannot_be_read_ends_the_tasks_that_wait_for_it() throws Exception {
        String version = farm.uploadedModel("a");
        TaskView task = farm.submit(version, "1-3");
        Assignment inspect = farm.claim(Farm.NODE, 1, true).getFirst();
        farm.link.failed(inspect.attempt(), FailureKind.PERMANENT, "FILE_UNREADABLE", "The file is cut off.", null);
        assertThat(task(task).state()).isEqualTo(TaskState.FAILED);
        assertThat(task(task).why()).isEqualTo("The file is cut off.");
        assertThatThrownBy(() -> farm.submit(version, "1")).isInstanceOfSatisfying(ApiException.class, e -> {
            assertThat(e.status()).isEqualTo(422);
            assertThat(e.problem().code()).isEqualTo("FILE_UNREADABLE");
        });
    }

    @Test
    void an_inspection_that_fails_for_a_moment_is_tried_again() throws Exception {
        farm.uploadedModel("a");
        Assignment first = farm.claim(Farm.NODE, 1, true).getFirst();
        farm.link.failed(first.attempt(), FailureKind.TRANSIENT, "CRASH", "Blender crashed.", null);
        Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> {
            List<Assignment> again = farm.claim(Farm.NODE, 1, true);
            return !again.isEmpty() && !again.getFirst().attempt().equals(first.attempt());
        });
        assertThatThrownBy(() -> farm.link.inspected(first.attempt(), Farm.inspection(Farm.scene("Scene"))))
                .isInstanceOf(NotCurrent.class);
    }

    // -------------------------------------------------------------------------------------------------------- fencing

    @Test
    void an_old_attempt_publishes_nothing() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render old = farm.claimOne();
        farm.link.started(old.attempt());
        farm.link.publish(old.attempt(), List.of(Farm.picture(old.outputs().getFirst())));
        farm.scheduler.sweeps().nodeIsGone(Farm.NODE, List.of());

        Assignment.Render current = farm.claimOne();
        assertThat(current.outputs()).extracting(OutputKey::frame).containsExactly(2, 3);
        assertThatThrownBy(() -> farm.link.publish(old.attempt(), List.of(Farm.picture(OutputKey.frame(2)))))
                .isInstanceOf(NotCurrent.class);
        assertThatThrownBy(() -> farm.link.finished(old.attempt())).isInstanceOf(NotCurrent.class);
        assertThatThrownBy(() -> farm.link.failed(old.attempt(), FailureKind.PERMANENT, "X", "no", null))
                .isInstanceOf(NotCurrent.class);
        assertThat(task(task).outputs().done()).isEqualTo(1);
        assertThat(farm.link.renew(Farm.NODE, List.of(old.attempt(), current.attempt())))
                .containsExactly(current.attempt());
        farm.render(current);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
        var chunk = farm.scheduler.chunks(task.id()).getFirst();
        assertThat(chunk.lostLeases()).isEqualTo(1);
        assertThat(chunk.failures()).isZero();
        assertThat(chunk.attempts())
                .extracting(a -> a.state())
                .containsExactly(AttemptState.LOST, AttemptState.SUCCEEDED);
    }

    @Test
    void a_message_that_comes_twice_does_nothing_new() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = farm.claimOne();
        farm.link.started(chunk.attempt());
        farm.link.started(chunk.attempt());
        for (int i = 0; i < 2; i++) {
            farm.link.publish(
                    chunk.attempt(), chunk.outputs().stream().map(Farm::picture).toList());
        }
        farm.link.finished(chunk.attempt());
        farm.link.finished(chunk.attempt());
        assertThat(task(task).outputs().done()).isEqualTo(2);
        assertThat(task(task).spentSeconds()).isEqualTo(1.0);
        assertThat(farm.scheduler.results(task.id(), null, 10).items()).hasSize(2);
    }

    @Test
    void a_picture_that_was_not_asked_for_is_not_published() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = farm.claimOne();
        farm.link.publish(chunk.attempt(), List.of(Farm.picture(OutputKey.frame(99))));
        assertThat(task(task).outputs().done()).isZero();
    }

    @Test
    void an_end_without_all_pictures_is_a_failure() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render chunk = farm.claimOne();
        farm.link.started(chunk.attempt());
        farm.link.publish(chunk.attempt(), List.of(Farm.picture(OutputKey.frame(1))));
        farm.link.finished(chunk.attempt());
        assertThat(task(task).chunks().retryWait()).isEqualTo(1);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(() -> farm.scheduler.sweeps().retries() > 0);
        assertThat(farm.claimOne().outputs()).extracting(OutputKey::frame).containsExactly(2, 3);
    }

    // --------------------------------------------------------------------------------------------------------- leases

    @Test
    void a_lease_that_ended_is_taken_back_but_not_while_the_server_is_new() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        farm.link.started(farm.claimOne().attempt());
        farm.database.run(tx -> tx.createMutationQuery("update ChunkRow set leaseUntil = :past")
                .setParameter("past", Database.now(tx).minusSeconds(1))
                .executeUpdate());
        assertThat(farm.scheduler.sweeps().leases()).isZero();
        assertThat(task(task).state()).isEqualTo(TaskState.RUNNING);
        farm.close();

        farm = new Farm(
                folder,
                new SchedulerSettings(Duration.ZERO, Farm.SETTINGS.retry(), false, "script-1"),
                database(folder));
        assertThat(farm.scheduler.sweeps().leases()).isEqualTo(1);
        assertThat(task(task).state()).isEqualTo(TaskState.QUEUED);
        assertThat(task(task).chunks().ready()).isEqualTo(1);
    }

    private void withLease(Duration lease) throws Exception {
        farm.close();
        farm = new Farm(
                folder, new SchedulerSettings(lease, Farm.SETTINGS.retry(), false, "script-1"), database(folder));
    }

    @Test
    void while_no_node_at_all_is_heard_of_nothing_is_taken_back() throws Exception {
        Duration lease = Duration.ofMillis(600);
        withLease(lease);
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render chunk = farm.claimOne();
        farm.link.started(chunk.attempt());
        Awaitility.await()
                .during(lease.multipliedBy(3))
                .atMost(lease.multipliedBy(10))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> farm.scheduler.sweeps().leases() == 0);
        assertThat(farm.link.renew(Farm.NODE, List.of(chunk.attempt()))).containsExactly(chunk.attempt());
        farm.render(chunk);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void a_lease_that_ended_is_taken_back_while_others_are_heard_of() throws Exception {
        withLease(Duration.ofMillis(600));
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        farm.link.started(farm.claimOne().attempt());
        Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> {
            farm.link.renew(Farm.NODE, List.of());
            return farm.scheduler.sweeps().leases() == 1;
        });
        assertThat(task(task).chunks().ready()).isEqualTo(1);
    }

    @Test
    void a_renewed_lease_goes_on() throws Exception {
        farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render chunk = farm.claimOne();
        assertThat(farm.link.renew(Farm.NODE, List.of(chunk.attempt()))).containsExactly(chunk.attempt());
        farm.render(chunk);
        assertThat(farm.link.renew(Farm.NODE, List.of(chunk.attempt()))).isEmpty();
    }

    @Test
    void what_the_embedded_node_held_before_a_restart_is_taken_back_at_once() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render chunk = farm.claimOne();
        farm.link.started(chunk.attempt());
        farm.link.publish(chunk.attempt(), List.of(Farm.picture(OutputKey.frame(1))));
        farm.uploadedModel("b");
        assertThat(farm.claim(Farm.NODE, 0, true)).hasSize(1);
        farm.close();

        farm = new Farm(folder, Farm.SETTINGS, database(folder));
        farm.restartNode();
        assertThat(task(task).state()).isEqualTo(TaskState.QUEUED);
        assertThat(farm.claimOne().outputs()).extracting(OutputKey::frame).containsExactly(2, 3);
        assertThat(farm.claim(Farm.NODE, 0, true)).hasSize(1);
    }

    // ------------------------------------------------------------------------------------------------------- failures

    private void fail(Assignment chunk, FailureKind kind, String code, String message) {
        try {
            farm.link.started(chunk.attempt());
            farm.link.failed(chunk.attempt(), kind, code, message, "trace");
        } catch (NotCurrent e) {
            throw new AssertionError(e);
        }
    }

    private void retriesAreDue() {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(3))
                .until(() -> farm.scheduler.sweeps().retries() > 0);
    }

    @Test
    void a_chunk_is_tried_three_times_and_then_given_up() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        for (int i = 0; i < 2; i++) {
            fail(farm.claimOne(), FailureKind.TRANSIENT, "CRASH", "Blender crashed.");
            assertThat(task(task).state()).isEqualTo(TaskState.QUEUED);
            assertThat(task(task).why()).startsWith("Tries again in").contains("Blender crashed.");
            assertThat(farm.claim(1)).isEmpty();
            retriesAreDue();
        }
        fail(farm.claimOne(), FailureKind.TRANSIENT, "CRASH", "Blender crashed.");
        TaskView failed = task(task);
        assertThat(failed.state()).isEqualTo(TaskState.FAILED);
        assertThat(failed.why()).isEqualTo("Frames 1-3: Blender crashed.");
        assertThat(failed.outputs().failed()).isEqualTo(3);
        assertThat(farm.scheduler.status(task.id()).problem()).isEqualTo(failed.why());
    }

    @Test
    void failures_count_only_in_a_row() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-5");
        for (int frame = 1; frame <= 4; frame++) {
            Assignment.Render chunk = farm.claimOne();
            farm.link.started(chunk.attempt());
            farm.link.publish(chunk.attempt(), List.of(Farm.picture(OutputKey.frame(frame))));
            fail(chunk, FailureKind.TRANSIENT, "CRASH", "Blender was killed.");
            retriesAreDue();
        }
        assertThat(farm.renderAll()).containsExactly(OutputKey.frame(5));
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void the_repair_pass_mends_wrong_counters_and_says_so() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        farm.render(farm.claimOne());
        farm.database.run(tx -> tx.createMutationQuery(
                        "update TaskRow set ready = 1, running = 2, outputsDone = 7 where id = :id")
                .setParameter("id", task.id())
                .executeUpdate());
        assertThat(farm.scheduler.reconciler().pass()).isEqualTo(1);
        assertThat(farm.scheduler.reconciler().mended()).isEqualTo(1);
        assertThat(task(task).outputs().done()).isEqualTo(10);
        assertThat(task(task).chunks().ready()).isEqualTo(2);
        assertThat(farm.renderAll()).hasSize(20);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void a_task_whose_engine_is_still_being_tested_is_planned_once_it_is_proved() {
        var testing = new studio.kiln.server.node.ServerLink.EngineFacts(
                new studio.kiln.server.backend.EngineBuild(
                        "docker",
                        "kiln/blender:4.3",
                        studio.kiln.core.blender.BlenderVersion.parse("4.3.2"),
                        "abc4.3.2",
                        "f1",
                        "image"),
                "sealed container",
                null,
                studio.kiln.server.node.Node.TESTING);
        farm.close();
        try {
            farm = new Farm(folder, Farm.SETTINGS, database(folder));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
        farm.registerNode(Farm.NODE, 1, Farm.engine("process", "3.4.1"), testing);
        TaskView task = farm.scheduler.submit(
                new TaskRequest(
                        farm.readyModel("a"), null, "1-3", null, null, "4.3", null, null, null, null, null, null),
                "ada",
                null);
        assertThat(task.state()).isEqualTo(TaskState.QUEUED);
        assertThat(task.frames()).isEmpty();
        farm.registerNode(Farm.NODE, 1, Farm.engine("process", "3.4.1"), Farm.engine("docker", "4.3.2"));
        Awaitility.await().until(() -> task(task).outputs().total() == 3);
        assertThat(task(task).engine().version()).isEqualTo("4.3.2");
    }

    @Test
    void what_will_fail_everywhere_is_not_tried_again_and_ends_the_task() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        fail(farm.claimOne(), FailureKind.PERMANENT, "FILE_UNREADABLE", "The file is damaged.");
        assertThat(task(task).state()).isEqualTo(TaskState.FAILED);
        assertThat(task(task).why()).isEqualTo("The file is damaged.");
        assertThat(farm.claim(1)).isEmpty();
    }

    @Test
    void one_bad_frame_does_not_stop_the_others() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        fail(farm.claimOne(), FailureKind.PERMANENT, "SCRIPT_ERROR", "Division by zero.");
        assertThat(farm.renderAll()).hasSize(20);
        assertThat(task(task).state()).isEqualTo(TaskState.FAILED);
        assertThat(task(task).why()).isEqualTo("Frames 1-10: Division by zero.");
        assertThat(task(task).outputs().done()).isEqualTo(20);
    }

    @Test
    void requeue_renders_only_what_is_missing() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        fail(farm.claimOne(), FailureKind.PERMANENT, "SCRIPT_ERROR", "Division by zero.");
        farm.renderAll();
        TaskView again = farm.scheduler.requeue(task.id(), new Requeue(null), "ada");
        assertThat(again.state()).isEqualTo(TaskState.QUEUED);
        assertThat(again.generation()).isEqualTo(2);
        assertThat(again.outputs().failed()).isZero();
        assertThat(farm.renderAll()).extracting(OutputKey::frame).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThatThrownBy(() -> farm.scheduler.requeue(task.id(), new Requeue(null), "ada"))
                .hasMessageContaining("Nothing of task 1 is missing");
    }

    @Test
    void requeue_renders_named_frames_again_those_that_were_reused_too() {
        String version = farm.readyModel("a");
        farm.submit(version, "1-3");
        farm.renderAll();
        TaskView task = farm.submit(version, "1-5");
        farm.renderAll();
        TaskView again = farm.scheduler.requeue(task.id(), new Requeue("2,5"), "ada");
        assertThat(again.outputs().done()).isEqualTo(3);
        assertThat(again.outputs().reused()).isEqualTo(2);
        assertThat(farm.renderAll()).extracting(OutputKey::frame).containsExactlyInAnyOrder(2, 5);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(farm.scheduler.results(task.id(), null, 10).items()).hasSize(5);
    }

    @Test
    void a_node_that_keeps_failing_a_task_gets_no_more_of_it_when_another_can() {
        String other = "00000000000000000000000000000002";
        farm.registerNode(other, 1, Farm.engine("process", "3.4.1"));
        TaskView task = farm.submit(farm.readyModel("a"), "1-90");
        for (int i = 0; i < NodeRecord.BLOCK_AFTER; i++) {
            fail(farm.claimOne(), FailureKind.TRANSIENT, "CRASH", "Blender crashed.");
        }
        assertThat(farm.claim(1)).isEmpty();
        assertThat(farm.claim(other, 1, false)).hasSize(1);
        assertThat(task(task).state()).isEqualTo(TaskState.RUNNING);
    }

    @Test
    void a_node_that_fails_everything_is_set_aside() {
        farm.submit(farm.readyModel("a"), "1-90", "ada", 60);
        for (int i = 0; i < 5; i++) {
            fail(farm.claimOne(), FailureKind.RESOURCE, "DISK_FULL", "The disk is full.");
        }
        TaskView second = farm.submit(farm.readyModel("b"), "1-90", "ada", 90);
        fail(farm.claimOne(), FailureKind.RESOURCE, "DISK_FULL", "The disk is full.");
        assertThat(farm.claim(1)).isEmpty();
        assertThat(task(second).why()).contains("set aside").contains("The disk is full.");
        farm.restartNode();
        assertThat(farm.claim(1)).hasSize(1);
    }

    @Test
    void work_that_meets_a_full_disk_waits_for_room_and_is_not_given_up() {
        TaskView task = farm.submit(farm.readyModel("a"), "1");
        for (int i = 0; i < 5; i++) {
            fail(farm.claimOne(), FailureKind.RESOURCE, "DISK_FULL", "The disk is full.");
            assertThat(task(task).state().isEnd()).isFalse();
            assertThat(farm.claim(1)).isEmpty();
            retriesAreDue();
        }
    }

    @Test
    void a_warning_is_kept_once_and_refuses_a_strict_task() throws Exception {
        String version = farm.readyModel("a");
        TaskView task = farm.submit(version, "1-2");
        RenderWarning warning = new RenderWarning("MISSING_TEXTURE", "The texture wood.png is not there.", "wood.png");
        Assignment.Render chunk = farm.claimOne();
        farm.link.warn(chunk.attempt(), warning);
        farm.link.warn(chunk.attempt(), warning);
        assertThat(task(task).warnings()).containsExactly(warning);
        farm.render(chunk);

        TaskView strict = farm.scheduler.submit(
                new TaskRequest(version, null, "50-60", null, null, null, null, true, null, null, null, null),
                "ada",
                null);
        Assignment.Render second = farm.claimOne();
        assertThatThrownBy(() -> farm.link.warn(second.attempt(), warning)).isInstanceOf(NotCurrent.class);
        assertThat(task(strict).state()).isEqualTo(TaskState.FAILED);
        assertThat(task(strict).why()).contains("wood.png");
    }

    // ------------------------------------------------------------------------------------------------------- steering

    @Test
    void pause_lets_what_runs_end_and_hands_out_nothing_more() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        Assignment.Render chunk = farm.claimOne();
        assertThat(farm.scheduler.pause(task.id(), "ada").state()).isEqualTo(TaskState.PAUSE_REQUESTED);
        assertThat(farm.claim(1)).isEmpty();
        assertThat(farm.link.renew(Farm.NODE, List.of(chunk.attempt()))).hasSize(1);
        farm.render(chunk);
        assertThat(task(task).state()).isEqualTo(TaskState.PAUSED);
        assertThat(farm.scheduler.resume(task.id(), "ada").state()).isEqualTo(TaskState.QUEUED);
        assertThat(farm.renderAll()).hasSize(20);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThatThrownBy(() -> farm.scheduler.pause(task.id(), "ada"))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(409))
                .hasMessage("Task #1 is done; it cannot be paused now.");
    }

    @Test
    void cancel_tells_the_node_at_once_and_is_complete_when_the_node_has_stopped() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        Assignment.Render chunk = farm.claimOne();
        farm.link.started(chunk.attempt());
        farm.link.publish(chunk.attempt(), List.of(Farm.picture(OutputKey.frame(1))));
        List<String> told = new ArrayList<>();
        farm.link.onStop(told::addAll);
        assertThat(farm.scheduler.cancel(task.id(), "ada").state()).isEqualTo(TaskState.CANCEL_REQUESTED);
        assertThat(told).containsExactly(chunk.attempt());
        assertThat(farm.link.renew(Farm.NODE, List.of(chunk.attempt()))).isEmpty();
        assertThatThrownBy(() -> farm.link.publish(chunk.attempt(), List.of(Farm.picture(OutputKey.frame(2)))))
                .isInstanceOf(NotCurrent.class);
        farm.link.released(chunk.attempt(), "Stopped");
        TaskView cancelled = task(task);
        assertThat(cancelled.state()).isEqualTo(TaskState.CANCELLED);
        assertThat(cancelled.outputs().done()).isEqualTo(1);
        assertThat(cancelled.why()).isEqualTo("Cancelled by ada.");
        assertThat(cancelled.chunks().cancelled()).isEqualTo(3);

        farm.scheduler.requeue(task.id(), new Requeue(null), "ada");
        assertThat(farm.renderAll()).hasSize(29);
        assertThat(task(task).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void a_cancel_of_what_only_waits_is_complete_at_once() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-30");
        assertThat(farm.scheduler.cancel(task.id(), "ada").state()).isEqualTo(TaskState.CANCELLED);
        assertThat(farm.claim(1)).isEmpty();
        assertThatThrownBy(() -> farm.scheduler.cancel(task.id(), "ada")).isInstanceOf(ApiException.class);
    }

    @Test
    void a_task_waits_for_those_that_it_comes_after() {
        TaskView first = farm.submit(farm.readyModel("a"), "1-2");
        String version = farm.readyModel("b");
        TaskView second = farm.scheduler.submit(
                new TaskRequest(
                        version, null, "1-2", null, null, null, null, null, null, null, List.of(first.id(), "1"), null),
                "ada",
                null);
        assertThat(second.state()).isEqualTo(TaskState.WAITING);
        assertThat(second.after()).containsExactly(first.id());
        assertThat(second.why()).isEqualTo("Waits for task 1 (queued).");
        assertThat(farm.renderAll()).hasSize(4);
        assertThat(task(second).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void a_task_that_was_paused_while_it_waited_waits_again() {
        TaskView first = farm.submit(farm.readyModel("a"), "1-2");
        TaskView second = farm.scheduler.submit(
                new TaskRequest(
                        farm.readyModel("b"),
                        null,
                        "1-2",
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(first.id()),
                        null),
                "ada",
                null);
        farm.scheduler.pause(second.id(), "ada");
        assertThat(farm.scheduler.resume(second.id(), "ada").state()).isEqualTo(TaskState.WAITING);
    }

    // ------------------------------------------------------------------------------------------------------- fairness

    @Test
    void the_owner_with_the_fewest_running_slots_goes_first() {
        farm.registerNode(Farm.NODE, 4, Farm.engine("process", "3.4.1"));
        farm.submit(farm.readyModel("a"), "1-100", "ada", 100);
        farm.submit(farm.readyModel("b"), "1-100", "bob", 10);
        List<Assignment> given = farm.claim(4);
        assertThat(given).extracting(Assignment::owner).containsExactlyInAnyOrder("ada", "bob", "ada", "bob");
    }

    @Test
    void a_raised_priority_is_seen_at_the_next_free_slot() {
        for (int i = 0; i < 20; i++) {
            farm.submit(farm.readyModel("m" + i), "1-3");
        }
        farm.scheduler.priority("15", 90, "ada");
        assertThat(farm.claimOne().taskNumber()).isEqualTo(15);
        assertThat(farm.claimOne().taskNumber()).isEqualTo(1);
        assertThat(farm.claimOne().taskNumber()).isEqualTo(2);
    }

    @Test
    void what_a_wrangler_puts_next_goes_before_every_owner_and_priority_until_told_otherwise() {
        farm.submit(farm.readyModel("a"), "1-3", "ada", 100);
        farm.submit(farm.readyModel("b"), "1-3", "bob", 60);
        TaskView flagged = farm.submit(farm.readyModel("c"), "1-100", "bob", 10);
        assertThat(task(flagged).why()).endsWith("2 tasks come before it.");
        farm.scheduler.next(flagged.id(), true, "wim");
        farm.scheduler.next(flagged.id(), true, "wim");
        assertThat(task(flagged).why()).isEqualTo("Starts with the next free slot.");
        assertThat(farm.claimOne().taskNumber()).isEqualTo(flagged.number());
        assertThat(farm.claimOne().taskNumber()).isEqualTo(flagged.number());
        farm.scheduler.next(flagged.id(), false, "wim");
        assertThat(List.of(farm.claimOne().taskNumber(), farm.claimOne().taskNumber()))
                .doesNotContain(flagged.number());
        assertThat(farm.scheduler.timeline(flagged.id(), null, 500).items())
                .extracting(entry -> entry.actor() + ": " + entry.why())
                .containsOnlyOnce("wim: Goes before all others", "wim: Goes in its turn again");
    }

    @Test
    void an_ended_task_cannot_go_next_and_one_taken_up_again_goes_in_its_turn() {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3", "bob", 10);
        farm.scheduler.next(task.id(), true, "wim");
        farm.scheduler.cancel(task.id(), "bob");
        assertThatThrownBy(() -> farm.scheduler.next(task.id(), true, "wim")).hasMessageContaining("Requeue it first");
        farm.scheduler.requeue(task.id(), new Requeue(null), "bob");
        TaskView other = farm.submit(farm.readyModel("b"), "1-3", "bob", 60);
        assertThat(farm.claimOne().taskNumber()).isEqualTo(other.number());
    }

    @Test
    void long_waiting_raises_the_rank() {
        TaskView old = farm.submit(farm.readyModel("a"), "1-3", "ada", 40);
        farm.submit(farm.readyModel("b"), "1-3", "ada", 45);
        farm.database.run(tx -> tx.createMutationQuery("update TaskRow set queuedAt = :then where id = :id")
                .setParameter("then", Database.now(tx).minus(Duration.ofHours(1)))
                .setParameter("id", old.id())
                .executeUpdate());
        farm.scheduler.sweeps().ageing();
        assertThat(farm.claimOne().taskNumber()).isEqualTo(old.number());
        farm.scheduler.sweeps().ageing();
        assertThat(task(old).priority()).isEqualTo(40);
    }

    @Test
    void first_middle_and_last_frame_go_first_on_request() {
        farm.scheduler.submit(
                new TaskRequest(
                        farm.readyModel("a"), null, "1-99", null, null, null, null, null, null, true, null, null),
                "ada",
                null);
        assertThat(farm.claimOne().outputs().subList(0, 4))
                .extracting(OutputKey::frame)
                .containsExactly(1, 50, 99, 2);
    }

    @Test
    void no_node_gets_what_its_engines_cannot_render() {
        farm.submit(farm.readyModel("a"), "1-3");
        String other = "00000000000000000000000000000002";
        farm.registerNode(other, 1, Farm.engine("process", "4.3.2"));
        assertThat(farm.claim(other, 1, false)).isEmpty();
        assertThat(farm.claim(1)).hasSize(1);
    }

    @Test
    void it_says_why_a_task_waits() {
        TaskView first = farm.submit(farm.readyModel("a"), "1-3");
        TaskView second = farm.submit(farm.readyModel("b"), "1-3");
        TaskView third = farm.submit(farm.readyModel("c"), "1-3");
        assertThat(task(first).why()).isEqualTo("Starts with the next free slot.");
        farm.claimOne();
        assertThat(task(first).why()).isNull();
        assertThat(task(second).why()).isEqualTo("The one slot here is busy; it is next.");
        assertThat(task(third).why()).isEqualTo("The one slot here is busy; 1 task comes before it.");
        farm.registerNode(Farm.NODE, 1);
        assertThat(task(second).why()).contains("No machine here has Blender 3.4.1 any more");
    }

    @Test
    void estimates_come_from_measured_frames() {
        String version = farm.readyModel("a");
        TaskView task = farm.submit(version, "1-30");
        assertThat(task.left()).isNull();
        farm.render(farm.claimOne());
        assertThat(task(task).left().seconds()).isEqualTo(10.0);
        assertThat(task(task).left().measured()).isEqualTo(10);
        var preview = farm.scheduler.preview(Farm.request(version, "1-60", 50), "ada");
        assertThat(preview.reused()).isEqualTo(10);
        assertThat(preview.outputs()).isEqualTo(60);
        assertThat(preview.estimate().seconds()).isEqualTo(25.0);
        assertThat(preview.chunks()).isEqualTo(1);
    }

    @Test
    void chunks_are_sized_from_what_was_measured() throws Exception {
        String version = farm.readyModel("a");
        farm.submit(version, "1-2");
        Assignment.Render chunk = farm.claimOne();
        farm.link.publish(
                chunk.attempt(),
                chunk.outputs().stream().map(o -> Farm.picture(o, 60)).toList());
        farm.link.finished(chunk.attempt());
        farm.submit(version, "11-30");
        Assignment.Render next = farm.claimOne();
        assertThat(next.outputs()).hasSize(3);
        assertThat(next.expectedSeconds()).isEqualTo(60.0);
        assertThat(next.seen()).as("what the session is held to").isEqualTo(Farm.scene("Scene"));
    }

    @Test
    void tasks_are_listed_newest_first_page_by_page_and_found_by_state_and_word() {
        for (int i = 1; i <= 5; i++) {
            farm.submit(farm.readyModel("m" + i), "1");
        }
        farm.scheduler.cancel("2", "ada");
        var page = farm.scheduler.list(Sight.ALL, null, null, null, 3);
        assertThat(page.items()).extracting(TaskView::number).containsExactly(5L, 4L, 3L);
        assertThat(farm.scheduler.list(Sight.ALL, null, null, page.next(), 3).items())
                .extracting(TaskView::number)
                .containsExactly(2L, 1L);
        assertThat(farm.scheduler.list(Sight.ALL, "cancelled", null, null, 10).items())
                .extracting(TaskView::number)
                .containsExactly(2L);
        assertThat(farm.scheduler.list(Sight.ALL, null, "M4", null, 10).items())
                .extracting(TaskView::number)
                .containsExactly(4L);
        assertThat(farm.scheduler.list(Sight.ALL, null, "100%", null, 10).items())
                .isEmpty();
        assertThatThrownBy(() -> farm.scheduler.list(Sight.ALL, "sleeping", null, null, 10))
                .hasMessageContaining("waiting, queued, rendering");
    }

    @Test
    void a_chunk_given_back_is_not_counted_as_a_failure() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-3");
        Assignment.Render chunk = farm.claimOne();
        farm.link.started(chunk.attempt());
        farm.link.released(chunk.attempt(), "The node is shutting down");
        assertThat(farm.scheduler.chunks(task.id()).getFirst()).satisfies(c -> {
            assertThat(c.failures()).isZero();
            assertThat(c.lostLeases()).isZero();
            assertThat(c.state()).isEqualTo(ChunkState.READY);
        });
        assertThat(task(task).state()).isEqualTo(TaskState.QUEUED);
    }

    @Test
    void a_waiting_node_is_woken_by_a_submission() throws Exception {
        String version = farm.readyModel("a");
        List<Assignment> given = new ArrayList<>();
        Thread node = Thread.ofVirtual().start(() -> {
            try {
                given.addAll(farm.link.claim(
                        new studio.kiln.server.node.ServerLink.Claim(Farm.NODE, 1, true), Duration.ofSeconds(30)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        farm.submit(version, "1-3");
        assertThat(node.join(Duration.ofSeconds(10))).isTrue();
        assertThat(given).hasSize(1);
    }
}

package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.persistence.Database;

/** Database, cache and node are brought apart by hand, and brought together again. */
@Tag("contract")
class VerificationTest {
    @TempDir
    Path folder;

    Farm farm;
    TaskView task;
    Assignment.Render chunk;

    @BeforeEach
    void open() throws IOException {
        farm = new Farm(folder);
        farm.registerNode();
        task = farm.submit(farm.readyModel("a"), "1-4");
        chunk = farm.claimOne();
    }

    @AfterEach
    void close() {
        farm.close();
    }

    private void heartbeat(String... attempts) {
        farm.link.renew(Farm.NODE, List.of(attempts));
    }

    private void longAgo() {
        farm.database.run(tx -> {
            Instant then = Database.now(tx).minus(Duration.ofMinutes(5));
            tx.createMutationQuery("update AttemptRow set createdAt = :then")
                    .setParameter("then", then)
                    .executeUpdate();
            tx.createMutationQuery("update AttemptRow set endedAt = :then where endedAt is not null")
                    .setParameter("then", then)
                    .executeUpdate();
        });
    }

    @Test
    void where_all_agree_nothing_is_mended() {
        heartbeat(chunk.attempt());
        longAgo();
        farm.scheduler.status(task.id());
        TaskVerification found = farm.scheduler.verify(Long.toString(task.number()));
        assertThat(found.mended()).isEmpty();
        assertThat(found.database().state()).isEqualTo(TaskState.RUNNING);
        assertThat(found.cache().outputs()).isEqualTo(found.database().outputs());
        assertThat(found.attempts()).singleElement().satisfies(held -> {
            assertThat(held.attemptId()).isEqualTo(chunk.attempt());
            assertThat(held.current()).isTrue();
            assertThat(held.held()).isTrue();
            assertThat(held.heardAt()).isNotNull();
        });
        assertThat(farm.scheduler.reconciler().mended()).isZero();
    }

    @Test
    void what_the_cache_has_wrong_is_replaced() {
        TaskStatus right = farm.scheduler.status(task.id());
        farm.cache.forget(task.id());
        farm.cache.put(new TaskStatus(
                right.id(),
                TaskState.SUCCEEDED,
                "done",
                right.revision() + 1_000,
                1,
                new OutputCounts(4, 4, 0, 0),
                null,
                null,
                null,
                right.updatedAt()));
        assertThat(farm.scheduler.status(task.id()).state()).isEqualTo(TaskState.SUCCEEDED);
        TaskVerification found = farm.scheduler.verify(task.id());
        assertThat(found.cache().state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(found.database().state()).isEqualTo(TaskState.RUNNING);
        assertThat(found.mended()).singleElement().asString().contains("The cache said 'done' with 4 of 4 pictures");
        assertThat(farm.scheduler.status(task.id()).state()).isEqualTo(TaskState.RUNNING);
        assertThat(farm.scheduler.verify(task.id()).mended()).isEmpty();
    }

    @Test
    void counters_that_are_wrong_are_counted_anew() {
        farm.database.run(tx ->
                tx.createMutationQuery("update TaskRow set ready = ready + 3").executeUpdate());
        assertThat(farm.scheduler.verify(task.id()).mended())
                .singleElement()
                .asString()
                .contains("counted anew");
        assertThat(farm.scheduler.task(task.id()).chunks().ready()).isZero();
    }

    @Test
    void what_its_node_does_not_have_goes_to_whichever_asks_next() {
        heartbeat();
        assertThat(farm.scheduler.verify(task.id()).mended())
                .as("it may still be on its way")
                .isEmpty();
        longAgo();
        TaskVerification found = farm.scheduler.verify(task.id());
        assertThat(found.mended()).singleElement().asString().contains("says that it does not have it");
        assertThat(found.attempts().getFirst().held()).isFalse();
        Assignment.Render again = farm.claimOne();
        assertThat(again.attempt()).isNotEqualTo(chunk.attempt());
        assertThat(again.outputs()).isEqualTo(chunk.outputs());
    }

    @Test
    void of_a_node_that_was_not_heard_of_nothing_is_believed() {
        longAgo();
        TaskVerification found = farm.scheduler.verify(task.id());
        assertThat(found.mended()).isEmpty();
        assertThat(found.attempts().getFirst().held()).isNull();
    }

    @Test
    void what_a_node_has_and_nobody_wants_is_stopped() {
        Set<String> stopped = new java.util.concurrent.CopyOnWriteArraySet<>();
        farm.link.onStop(stopped::addAll);
        farm.scheduler.verify(task.id());
        heartbeat();
        longAgo();
        farm.scheduler.verify(task.id());
        Assignment.Render again = farm.claimOne();
        longAgo();
        heartbeat(chunk.attempt(), again.attempt());
        TaskVerification found = farm.scheduler.verify(task.id());
        assertThat(stopped).containsExactly(chunk.attempt());
        assertThat(found.mended()).singleElement().asString().contains("not current any more");
        List<String> both = new ArrayList<>();
        found.attempts().forEach(held -> both.add(held.attemptId() + held.current()));
        assertThat(both).containsExactlyInAnyOrder(again.attempt() + true, chunk.attempt() + false);
        heartbeat(again.attempt());
        assertThat(farm.scheduler.verify(task.id()).mended()).isEmpty();
    }
}

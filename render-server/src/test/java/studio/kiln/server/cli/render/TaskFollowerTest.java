package studio.kiln.server.cli.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;

class TaskFollowerTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private SmallServer server;
    private Connection connection;
    private final Heard heard = new Heard();

    @BeforeEach
    void begin() throws IOException {
        server = new SmallServer();
        connection = new Connection(server.address());
    }

    @AfterEach
    void end() {
        connection.close();
        server.close();
    }

    private static final class Heard implements Watcher {
        final List<Integer> frames = new CopyOnWriteArrayList<>();
        final List<Long> revisions = new CopyOnWriteArrayList<>();
        final AtomicInteger silences = new AtomicInteger();
        final AtomicInteger returns = new AtomicInteger();

        @Override
        public void task(TaskView task) {
            revisions.add(task.revision());
        }

        @Override
        public void published(ResultView result) {
            frames.add(result.frame());
        }

        @Override
        public void silence(Duration since, Duration patience) {
            silences.incrementAndGet();
        }

        @Override
        public void answersAgain() {
            returns.incrementAndGet();
        }
    }

    private CompletableFuture<TaskView> follow(TaskFollower follower) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return follower.follow();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private TaskFollower follower(Duration patience) {
        return new TaskFollower(connection, SmallServer.TASK, heard, patience);
    }

    @Test
    void everyPictureIsToldOnceHoweverOftenItIsSeen() {
        CompletableFuture<TaskView> end = follow(follower(LONG));
        await().until(server::isHeard);
        server.publish(1, true);
        server.publish(2, true);
        server.publish(3, false);
        server.set(SmallServer.view(TaskState.SUCCEEDED, 5, 3, 3), true);
        assertThat(end.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS)
                        .join()
                        .state())
                .isEqualTo(TaskState.SUCCEEDED);
        assertThat(heard.frames).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void anOlderRevisionNeverComesAfterANewerOne() {
        CompletableFuture<TaskView> end = follow(follower(LONG));
        await().until(server::isHeard);
        server.send("task", SmallServer.view(TaskState.RUNNING, 7, 1, 3));
        server.send("task", SmallServer.view(TaskState.RUNNING, 6, 0, 3));
        server.set(SmallServer.view(TaskState.SUCCEEDED, 9, 3, 3), true);
        end.join();
        List<Long> sorted = new ArrayList<>(heard.revisions);
        sorted.sort(null);
        assertThat(heard.revisions).isEqualTo(sorted).contains(7L).doesNotContain(6L);
    }

    @Test
    void withoutAStreamItAsks() {
        server.withoutStreams();
        CompletableFuture<TaskView> end = follow(follower(LONG));
        await().until(() -> server.asked.get() > 2);
        server.publish(1, false);
        server.set(SmallServer.view(TaskState.FAILED, 5, 1, 3), false);
        assertThat(end.join().state()).isEqualTo(TaskState.FAILED);
        assertThat(heard.frames).containsExactly(1);
    }

    @Test
    void aBrokenStreamIsOpenedAgain() {
        CompletableFuture<TaskView> end = follow(follower(LONG));
        await().until(server::isHeard);
        server.breakStreams();
        await().until(server::isHeard);
        server.publish(1, true);
        server.set(SmallServer.view(TaskState.SUCCEEDED, 5, 1, 1), true);
        end.join();
        assertThat(heard.frames).containsExactly(1);
    }

    @Test
    void aServerThatGoesAndComesBackIsFollowedOn() throws IOException {
        CompletableFuture<TaskView> end = follow(follower(LONG));
        await().until(server::isHeard);
        server.goAway();
        await().atMost(Duration.ofSeconds(20)).until(() -> heard.silences.get() > 0);
        server.publish(1, false);
        server.set(SmallServer.view(TaskState.SUCCEEDED, 5, 1, 1), false);
        server.comeBack();
        assertThat(end.join().state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(heard.returns).hasValue(1);
        assertThat(heard.frames).containsExactly(1);
    }

    @Test
    void aServerThatStaysAwayIsGivenUpWithASentence() {
        server.close();
        assertThatThrownBy(() -> follower(Duration.ofSeconds(1)).follow())
                .isInstanceOfSatisfying(CliFailure.class, e -> {
                    assertThat(e.exitCode()).isEqualTo(ExitCode.FAILED);
                    assertThat(e.code()).isEqualTo("SERVER_UNREACHABLE");
                })
                .hasMessageContaining("kiln tasks show t1");
    }

    @Test
    void cancellingIsAskedOnceAndFollowedToItsEnd() {
        TaskFollower follower = follower(LONG);
        CompletableFuture<TaskView> end = follow(follower);
        await().until(server::isHeard);
        follower.cancel();
        assertThat(end.join().state()).isEqualTo(TaskState.CANCELLED);
        assertThat(server.cancels).hasValue(1);
    }
}

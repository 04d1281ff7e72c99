package studio.kiln.desktop.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.Quiet;
import studio.kiln.desktop.SampleServer;
import studio.kiln.desktop.Samples;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.shell.Problem;

class BoardModelTest {
    private SampleServer server;
    private Quiet quiet;
    private BoardModel board;

    @BeforeEach
    void open() throws IOException {
        server = SampleServer.filled();
        quiet = new Quiet(server);
        board = quiet.on(() -> new BoardModel(quiet.link, quiet.background));
        quiet.link.start();
        await().until(() ->
                quiet.on(() -> board.rows().size() == Samples.tasks().size()) && server.streams() == 1);
    }

    @AfterEach
    void close() {
        quiet.close();
        server.close();
    }

    @Test
    void aChangeOnTheServerChangesTheRowInPlace() {
        TaskRow row = quiet.on(() -> board.row("t14"));

        server.change(SampleServer.with(Samples.tasks().get(3), TaskState.RUNNING, 11));

        await().until(() -> quiet.on(() -> row.task().state() == TaskState.RUNNING));
        assertThat(quiet.on(() -> board.row("t14"))).isSameAs(row);
    }

    @Test
    void anOlderViewNeverReplacesANewerOne() {
        quiet.run(() -> {
            TaskView task = board.row("t14").task();
            board.apply(List.of(new Change.OfTask(SampleServer.with(task, TaskState.RUNNING, 12))));
            board.apply(List.of(new Change.OfTask(SampleServer.with(task, TaskState.QUEUED, 11))));
        });

        assertThat(quiet.on(() -> board.row("t14").task().state())).isEqualTo(TaskState.RUNNING);
    }

    @Test
    void progressOfAFrameNeverJumpsBack() {
        quiet.run(() -> {
            board.apply(List.of(new Change.OfProgress(Samples.progress("t11", 72, 120))));
            board.apply(List.of(new Change.OfProgress(Samples.progress("t11", 72, 100))));
        });
        assertThat(quiet.on(() -> board.row("t11").progressProperty().get().done()))
                .isEqualTo(120);

        quiet.run(() -> board.apply(List.of(new Change.OfProgress(Samples.progress("t11", 73, 4)))));
        assertThat(quiet.on(() -> board.row("t11").progressProperty().get().done()))
                .isEqualTo(4);
    }

    @Test
    void chipsCountEveryStateAndFilter() {
        assertThat(quiet.on(() -> board.countsProperty().get()))
                .containsEntry(BoardModel.Group.ALL, 11)
                .containsEntry(BoardModel.Group.RENDERING, 2)
                .containsEntry(BoardModel.Group.FAILED, 1)
                .containsEntry(BoardModel.Group.DONE, 3);

        quiet.run(() -> board.groupProperty().set(BoardModel.Group.DONE));

        assertThat(quiet.on(() ->
                        board.rows().stream().map(row -> row.task().state()).toList()))
                .hasSize(3)
                .containsOnly(TaskState.SUCCEEDED);
    }

    @Test
    void whatBurnsStandsFirstAndWhatEndedLast() {
        List<TaskState> states = quiet.on(
                () -> board.rows().stream().map(row -> row.task().state()).toList());

        assertThat(states.subList(0, 2)).containsOnly(TaskState.RUNNING);
        assertThat(states.subList(2, 4)).containsOnly(TaskState.QUEUED);
        assertThat(states.subList(6, 11)).allMatch(TaskState::isEnd);
    }

    @Test
    void aPauseIsAskedForAndItsAnswerChangesTheRow() {
        quiet.run(() -> board.pause(board.row("t14")));

        await().until(() -> quiet.on(() -> board.row("t14").task().state() == TaskState.PAUSED));
        assertThat(server.asked).contains("POST /api/tasks/t14/pause");
    }

    @Test
    void aRefusalIsToldInTheServersWords() {
        List<Problem> refused = new ArrayList<>();
        quiet.run(() -> {
            board.setOnRefused(refused::add);
            board.prioritise(board.row("t14"), 80);
        });

        await().until(() -> quiet.on(() -> !refused.isEmpty()));
        assertThat(refused.getFirst().inOneLine()).contains("The task cannot do that now.");
    }

    @Test
    void whatHappenedWhileTheLineWasDownIsReadAfterwards() throws IOException {
        TaskView moved = SampleServer.with(Samples.tasks().get(3), TaskState.SUCCEEDED, 20);
        server.tasks.put(moved.id(), moved);
        server.tasks.remove("t18");

        quiet.run(() -> quiet.link.refresh());

        await().until(() -> quiet.on(() -> board.row("t14").task().state() == TaskState.SUCCEEDED));
        await().until(() -> quiet.on(() -> board.row("t18") == null));
    }

    @Test
    void theTimeLeftIsThatOfEverythingThatWillRender() {
        double sum = Samples.tasks().stream()
                .filter(task -> task.left() != null)
                .mapToDouble(task -> task.left().seconds())
                .sum();

        assertThat(quiet.on(() -> board.leftProperty().get().seconds())).isEqualTo(sum);
    }
}

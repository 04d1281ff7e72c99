package studio.kiln.core.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TransitionsTest {
    /** One thing that may happen to a task or to one of its chunks. */
    record Step(int chunk, ChunkTrigger chunkTrigger, TaskTrigger taskTrigger, boolean ofTask) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.of(ChunkTrigger.class),
                        Arbitraries.of(TaskTrigger.class),
                        Arbitraries.of(false, false, false, true))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property
    void a_task_is_at_an_end_exactly_when_nothing_is_open_or_a_person_ended_it(@ForAll("steps") List<Step> steps) {
        Play play = new Play(6);
        for (Step step : steps) {
            play.take(step);
            if (play.task == TaskState.SUCCEEDED) {
                assertThat(play.counts().succeeded()).isEqualTo(play.counts().total());
            }
            if (play.task.isRunnable() && play.counts().active() > 0) {
                assertThat(play.task).isEqualTo(TaskState.RUNNING);
            }
            if (play.task.isRunnable() || play.task == TaskState.PAUSED) {
                assertThat(play.counts().open()).isPositive();
            }
            if (play.task == TaskState.PAUSED || play.task == TaskState.CANCELLED) {
                assertThat(play.counts().active()).isZero();
            }
        }
    }

    @Property
    void counters_on_the_row_always_equal_the_chunks(@ForAll("steps") List<Step> steps) {
        Play play = new Play(6);
        ChunkCounts onRow = play.counts();
        for (Step step : steps) {
            List<ChunkState> before = List.copyOf(play.chunks);
            play.take(step);
            for (int i = 0; i < before.size(); i++) {
                if (before.get(i) != play.chunks.get(i)) {
                    onRow = onRow.move(before.get(i), play.chunks.get(i));
                }
            }
            assertThat(onRow).isEqualTo(play.counts());
        }
    }

    @Property
    void every_order_in_which_chunks_succeed_ends_in_success(
            @ForAll @Size(min = 1, max = 40) List<@IntRange(max = 39) Integer> order) {
        int n = order.size();
        ChunkCounts counts = new ChunkCounts(n, 0, 0, 0, 0, 0, 0);
        TaskState task = TaskState.QUEUED;
        for (int i = 0; i < n; i++) {
            counts = counts.move(ChunkState.READY, ChunkState.LEASED).move(ChunkState.LEASED, ChunkState.SUCCEEDED);
            task = Transitions.settle(task, counts);
            assertThat(task.isEnd()).isEqualTo(i == n - 1);
        }
        assertThat(task).isEqualTo(TaskState.SUCCEEDED);
    }

    @Property
    void an_attempt_that_is_over_never_changes_again(@ForAll AttemptState from, @ForAll AttemptTrigger trigger) {
        Optional<AttemptState> to = Transitions.attempt(from, trigger);
        assertThat(from.isEnd() && to.isPresent()).isFalse();
    }

    @Property
    void chunks_leave_an_end_only_when_a_person_requeues_them(@ForAll ChunkState from, @ForAll ChunkTrigger trigger) {
        if (from.isEnd() && trigger != ChunkTrigger.REQUEUE) {
            assertThat(Transitions.chunk(from, trigger)).isEmpty();
        }
    }

    @Property
    void settling_twice_is_settling_once(@ForAll TaskState from, @ForAll @Size(max = 8) List<ChunkState> chunks) {
        ChunkCounts counts = ChunkCounts.of(chunks);
        TaskState once = Transitions.settle(from, counts);
        assertThat(Transitions.settle(once, counts)).isEqualTo(once);
    }

    @Test
    void a_pause_waits_for_what_runs_and_a_resume_takes_it_back() {
        ChunkCounts running = new ChunkCounts(3, 0, 1, 0, 0, 0, 0);
        assertThat(Transitions.task(TaskState.RUNNING, TaskTrigger.PAUSE, running))
                .contains(TaskState.PAUSE_REQUESTED);
        assertThat(Transitions.settle(TaskState.PAUSE_REQUESTED, running)).isEqualTo(TaskState.PAUSE_REQUESTED);
        ChunkCounts idle = running.move(ChunkState.RUNNING, ChunkState.SUCCEEDED);
        assertThat(Transitions.settle(TaskState.PAUSE_REQUESTED, idle)).isEqualTo(TaskState.PAUSED);
        assertThat(Transitions.task(TaskState.PAUSE_REQUESTED, TaskTrigger.RESUME, running))
                .contains(TaskState.RUNNING);
        assertThat(Transitions.task(TaskState.PAUSED, TaskTrigger.RESUME, idle)).contains(TaskState.QUEUED);
    }

    @Test
    void a_pause_that_came_as_the_last_chunk_ended_is_overtaken_by_the_end() {
        assertThat(Transitions.settle(TaskState.PAUSE_REQUESTED, new ChunkCounts(0, 0, 0, 0, 4, 0, 0)))
                .isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void a_cancel_that_came_as_the_last_chunk_succeeded_does_not_undo_success() {
        assertThat(Transitions.settle(TaskState.CANCEL_REQUESTED, new ChunkCounts(0, 0, 0, 0, 4, 0, 0)))
                .isEqualTo(TaskState.SUCCEEDED);
        assertThat(Transitions.settle(TaskState.CANCEL_REQUESTED, new ChunkCounts(0, 0, 0, 0, 3, 0, 1)))
                .isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void a_task_of_which_everything_is_reused_is_done_without_a_chunk() {
        assertThat(Transitions.settle(TaskState.QUEUED, ChunkCounts.NONE)).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void one_failed_chunk_among_finished_ones_fails_the_task() {
        assertThat(Transitions.settle(TaskState.RUNNING, new ChunkCounts(0, 0, 0, 0, 9, 1, 0)))
                .isEqualTo(TaskState.FAILED);
    }

    @Test
    void a_task_that_waits_for_a_retry_is_queued_and_not_at_an_end() {
        assertThat(Transitions.settle(TaskState.RUNNING, new ChunkCounts(0, 0, 0, 1, 9, 0, 0)))
                .isEqualTo(TaskState.QUEUED);
    }

    @Test
    void every_state_has_its_words_and_words_lead_back_to_it() {
        for (TaskState state : TaskState.values()) {
            StateWord row = StateWord.of(state);
            assertThat(row.state()).isEqualTo(state);
            assertThat(StateWord.parse(row.word())).contains(state);
        }
    }

    /** Plays steps on a task with chunks, as the scheduler does, by nothing but the table. */
    private static final class Play {
        private final List<ChunkState> chunks = new ArrayList<>();
        private TaskState task = TaskState.QUEUED;

        Play(int n) {
            for (int i = 0; i < n; i++) {
                chunks.add(ChunkState.READY);
            }
        }

        ChunkCounts counts() {
            return ChunkCounts.of(chunks);
        }

        void take(Step step) {
            if (step.ofTask()) {
                if (step.taskTrigger() == TaskTrigger.REJECT || step.taskTrigger() == TaskTrigger.RELEASE) {
                    return;
                }
                Optional<TaskState> to = Transitions.task(task, step.taskTrigger(), counts());
                to.ifPresent(state -> {
                    task = state;
                    if (step.taskTrigger() == TaskTrigger.CANCEL) {
                        chunks.replaceAll(c -> c.isActive()
                                ? c
                                : Transitions.chunk(c, ChunkTrigger.CANCEL).orElse(c));
                    }
                    if (step.taskTrigger() == TaskTrigger.REQUEUE) {
                        chunks.replaceAll(c -> c == ChunkState.SUCCEEDED
                                ? c
                                : Transitions.chunk(c, ChunkTrigger.REQUEUE).orElse(c));
                    }
                    task = Transitions.settle(task, counts());
                });
            } else {
                ChunkState from = chunks.get(step.chunk());
                boolean handedOut = step.chunkTrigger() == ChunkTrigger.LEASE && !task.isRunnable();
                boolean byPerson =
                        step.chunkTrigger() == ChunkTrigger.CANCEL || step.chunkTrigger() == ChunkTrigger.REQUEUE;
                if (handedOut || byPerson || task.isEnd()) {
                    return;
                }
                Transitions.chunk(from, step.chunkTrigger()).ifPresent(to -> chunks.set(step.chunk(), to));
                task = Transitions.settle(task, counts());
            }
        }
    }
}

package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.FailureKind;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink.NotCurrent;

/** The chunks of one task end at the same moment; the state that follows must be right each time, with no repair pass. */
@Tag("contract")
class EndingTogetherTest {
    private static final int CHUNKS = 64;
    private static final int ROUNDS = 200;

    @TempDir
    Path folder;

    @Test
    void the_end_state_is_right_however_the_chunks_end_together() throws Exception {
        try (Farm farm = new Farm(folder);
                ExecutorService nodes = Executors.newFixedThreadPool(CHUNKS)) {
            farm.registerNode(Farm.NODE, CHUNKS, Farm.engine("process", "3.4.1"));
            TaskView task = farm.submit(farm.readyModel("storm"), "1-" + CHUNKS);
            CyclicBarrier start = new CyclicBarrier(CHUNKS);
            for (int round = 0; round < ROUNDS; round++) {
                int failing = round % 4 == 3 ? round % CHUNKS : -1;
                List<Assignment> chunks = farm.claim(CHUNKS);
                assertThat(chunks).hasSize(CHUNKS);
                List<Future<?>> ends = new ArrayList<>();
                for (int i = 0; i < CHUNKS; i++) {
                    Assignment.Render chunk = (Assignment.Render) chunks.get(i);
                    boolean fails = i == failing;
                    ends.add(nodes.submit(() -> end(farm, chunk, fails, start)));
                }
                for (Future<?> end : ends) {
                    end.get();
                }
                TaskView ended = farm.scheduler.task(task.id());
                assertThat(ended.state())
                        .as("round " + round)
                        .isEqualTo(failing < 0 ? TaskState.SUCCEEDED : TaskState.FAILED);
                assertThat(ended.outputs().done()).isEqualTo(failing < 0 ? CHUNKS : CHUNKS - 1);
                assertThat(ended.chunks().succeeded()).isEqualTo(failing < 0 ? CHUNKS : CHUNKS - 1);
                farm.scheduler.requeue(task.id(), new Requeue("all"), "ada");
            }
            assertThat(farm.scheduler.reconciler().check(task.id())).isFalse();
        }
    }

    private static Void end(Farm farm, Assignment.Render chunk, boolean fails, CyclicBarrier start) throws Exception {
        start.await();
        try {
            if (fails) {
                farm.link.failed(chunk.attempt(), FailureKind.PERMANENT, "SCRIPT_ERROR", "Division by zero.", null);
            } else {
                farm.link.publish(
                        chunk.attempt(),
                        chunk.outputs().stream().map(Farm::picture).toList());
                farm.link.finished(chunk.attempt());
            }
        } catch (NotCurrent e) {
            throw new AssertionError(e);
        }
        return null;
    }
}

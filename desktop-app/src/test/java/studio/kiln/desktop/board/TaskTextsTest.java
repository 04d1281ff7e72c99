package studio.kiln.desktop.board;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.Samples;
import studio.kiln.desktop.controls.SegmentBar.Segment;

class TaskTextsTest {
    @Test
    void theBarTellsRenderedReusedBurningAndFailedApart() {
        TaskView task = Samples.task(1, "a", TaskState.RUNNING, 100, 60, 10, 5, 50, null);

        assertThat(TaskTexts.segments(task))
                .containsExactly(
                        new Segment("status-done", 0.5),
                        new Segment("status-reused", 0.1),
                        new Segment("status-rendering", 0.02),
                        new Segment("status-failed", 0.05));
    }

    @Test
    void theBarOfATaskThatIsNotPlannedIsEmpty() {
        assertThat(TaskTexts.segments(Samples.task(1, "a", TaskState.QUEUED, 0, 0, 0, 0, 50, null)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void everyStateHasItsIconItsColourAndSomethingToSay(TaskState state) {
        TaskView task = Samples.task(1, "a", state, 10, 3, 0, 1, 50, null);

        assertThat(TaskTexts.icon(state)).isNotNull();
        assertThat(TaskTexts.style(state)).startsWith("status-");
        assertThat(TaskTexts.left(task, Instant.now(), ZoneOffset.UTC)).isNotBlank();
        assertThat(TaskTexts.segments(task)).extracting(Segment::share).allMatch(share -> share > 0);
        assertThat(TaskTexts.segments(task).stream().mapToDouble(Segment::share).sum())
                .isLessThanOrEqualTo(1.0001);
    }

    @Test
    void anEstimateIsShownWithItsSpread() {
        assertThat(TaskTexts.estimate(new Estimate(118, 8, 20))).isEqualTo("1:58 \u00b1 0:08");
        assertThat(TaskTexts.estimate(new Estimate(31, 0.2, 20))).isEqualTo("0:31");
    }

    @Test
    void aTaskWithoutMeasuredFramesSaysSoInWords() {
        TaskView task = Samples.task(1, "a", TaskState.QUEUED, 10, 0, 0, 0, 50, "waits for a free slot");
        TaskView unmeasured = new TaskView(
                task.id(),
                task.number(),
                task.name(),
                task.modelId(),
                task.modelName(),
                task.modelVersionId(),
                1,
                task.owner(),
                task.state(),
                task.status(),
                1,
                1,
                50,
                task.frames(),
                null,
                task.settings(),
                null,
                task.outputs(),
                task.chunks(),
                null,
                null,
                0,
                null,
                List.of(),
                List.of(),
                "waits for a free slot",
                task.createdAt(),
                null,
                null);

        assertThat(TaskTexts.left(unmeasured, Instant.now(), ZoneOffset.UTC)).isEqualTo("waits for a free slot");
    }

    @Test
    void progressIsInSamplesOrTilesOrElseInThePhasesWords() {
        assertThat(TaskTexts.now(new FrameProgress("t", 72, "rendering", 96, 160, "samples", "n", null)))
                .isEqualTo("frame 72 \u00b7 sample 96 of 160");
        assertThat(TaskTexts.now(new FrameProgress("t", 1200, "rendering", 3, 64, "tiles", "n", null)))
                .isEqualTo("frame 1200 \u00b7 tile 3 of 64");
        assertThat(TaskTexts.now(new FrameProgress("t", 72, "saving", 0, 0, null, "n", null)))
                .isEqualTo("frame 72 \u00b7 saving");
        assertThat(TaskTexts.now(null)).isEmpty();
    }
}

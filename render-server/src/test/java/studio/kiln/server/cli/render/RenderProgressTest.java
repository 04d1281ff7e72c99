package studio.kiln.server.cli.render;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;

class RenderProgressTest {
    private static final TaskView VIEW = SmallServer.view(TaskState.RUNNING, 3, 1, 4);

    private static FrameProgress now(int done, String unit) {
        return new FrameProgress(SmallServer.TASK, 12, "rendering", done, 64, unit, "node", null);
    }

    @Test
    void theLineShowsFramesSamplesAndTheFrameUnderWay() {
        assertThat(RenderProgress.line(VIEW, now(32, "samples"), 0.375))
                .isEqualTo("\u2588".repeat(7) + "\u2591".repeat(13) + " 1/4 \u00b7 frame 12 \u00b7 32/64 samples");
    }

    @Test
    void withoutAUnitItShowsThePhase() {
        assertThat(RenderProgress.line(VIEW, now(0, null), 0)).endsWith("frame 12 \u00b7 rendering");
    }

    @Test
    void timeLeftComesWithItsSpread() {
        assertThat(RenderProgress.left(new Estimate(125, 12, 3))).isEqualTo("about 2 min 05 s \u00b1 12 s left");
        assertThat(RenderProgress.left(new Estimate(4.2, 0.1, 3))).isEqualTo("about 4.20 s left");
    }

    @Test
    void theFrameUnderWayCountsForItsShare() {
        assertThat(RenderProgress.part(VIEW, now(32, "samples"))).isEqualTo(0.375);
        assertThat(RenderProgress.part(VIEW, null)).isEqualTo(0.25);
        assertThat(RenderProgress.part(SmallServer.view(TaskState.SUCCEEDED, 3, 4, 4), now(64, "samples")))
                .isEqualTo(1);
    }

    @Test
    void reuseIsSaidInNumbers() {
        assertThat(RenderProgress.reuse(20, 25, true, 5))
                .isEqualTo("20 of 25 frames were rendered before with the same settings and are reused; 5 to render.");
        assertThat(RenderProgress.reuse(1, 1, true, 0))
                .isEqualTo("1 of 1 frame was rendered before with the same settings and is reused; nothing to render.");
    }
}

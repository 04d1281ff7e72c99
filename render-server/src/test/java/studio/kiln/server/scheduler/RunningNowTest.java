package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Sha256;

class RunningNowTest {
    private final RunningNow now = new RunningNow();

    private static FrameProgress frame(int number, @Nullable Sha256 draft) {
        return new FrameProgress("t1", number, "rendering", 1, 64, "samples", "node", draft);
    }

    @Test
    void aDraftIsThatOfItsTaskAloneAndStaysWhileItsNodeTakesTurnsWithAnother() {
        Sha256 draft = Sha256.of("draft");
        now.put(frame(1, draft));
        now.put(frame(2, null));
        assertThat(now.isDraft("t1", draft)).isTrue();
        assertThat(now.isDraft("t2", draft)).isFalse();
        assertThat(now.isDraft("t1", Sha256.of("somebody's file"))).isFalse();
        assertThat(now.of("t1"))
                .hasValueSatisfying(frame -> assertThat(frame.draft()).isNull());
    }
}

package studio.kiln.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ChunkPlanTest {
    @Property
    void every_output_is_in_exactly_one_chunk_in_order(
            @ForAll @IntRange(max = 400) int n, @ForAll @IntRange(min = 1, max = 60) int size) {
        List<OutputKey> outputs = frames(n);
        List<List<OutputKey>> chunks = ChunkPlan.cut(outputs, size, false);
        assertThat(chunks.stream().flatMap(List::stream).toList()).isEqualTo(outputs);
        assertThat(chunks).hasSize((n + size - 1) / size);
        assertThat(chunks).allMatch(c -> !c.isEmpty() && c.size() <= size);
    }

    @Property
    void a_size_is_never_nothing_and_never_starves_a_slot(
            @ForAll @DoubleRange(max = 1e6) double seconds,
            @ForAll @IntRange(min = 1, max = 20_000) int outputs,
            @ForAll @IntRange(min = 1, max = 64) int slots) {
        int size = ChunkPlan.size(seconds, outputs, slots);
        assertThat(size).isBetween(1, ChunkPlan.MOST);
        assertThat(size).isLessThanOrEqualTo((outputs + slots - 1) / slots);
    }

    @Test
    void an_awkward_number_of_frames_ends_like_any_other() {
        for (int slots = 2; slots <= 12; slots++) {
            int size = ChunkPlan.size(0.5, 17_983, slots);
            assertThat(ChunkPlan.cut(frames(17_983), size, false).stream()
                            .mapToInt(List::size)
                            .sum())
                    .isEqualTo(17_983);
        }
    }

    @Test
    void slow_frames_come_alone_and_an_unbaked_simulation_stays_whole() {
        assertThat(ChunkPlan.size(600, 100, 2)).isEqualTo(1);
        assertThat(ChunkPlan.cut(frames(100), 7, true)).hasSize(1);
    }

    @Test
    void telling_frames_go_first_and_none_is_lost() {
        List<OutputKey> ordered = ChunkPlan.telling(frames(100));
        assertThat(ordered.subList(0, 3)).extracting(OutputKey::frame).containsExactly(1, 50, 100);
        assertThat(ordered).containsExactlyInAnyOrderElementsOf(frames(100));
    }

    private static List<OutputKey> frames(int n) {
        return IntStream.rangeClosed(1, n).mapToObj(OutputKey::frame).toList();
    }
}

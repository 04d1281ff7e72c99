package studio.kiln.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameSetTest {
    private static final FrameSet SCENE = FrameSet.range(1, 250, 1);

    @Property
    void what_is_written_is_read_back_equal(
            @ForAll @Size(min = 1, max = 80) Set<@IntRange(min = -300, max = 300) Integer> frames) {
        FrameSet set = FrameSet.of(frames);
        assertThat(FrameSet.parse(set.toString(), SCENE)).isEqualTo(set);
    }

    @Property
    void a_range_has_every_frame_of_its_step_and_no_other(
            @ForAll @IntRange(min = -200, max = 200) int first,
            @ForAll @IntRange(max = 200) int length,
            @ForAll @IntRange(min = 1, max = 50) int step) {
        FrameSet set = FrameSet.parse(first + "-" + (first + length) + "x" + step, SCENE);
        assertThat(set.size()).isEqualTo(length / step + 1);
        assertThat(set.frames()).allMatch(f -> f >= first && f <= first + length && (f - first) % step == 0);
    }

    @Test
    void ranges_steps_and_exclusions_add_up() {
        assertThat(FrameSet.parse("1-10,20-30x2,!25,!3", SCENE).frames())
                .containsExactly(1, 2, 4, 5, 6, 7, 8, 9, 10, 20, 22, 24, 26, 28, 30);
        assertThat(FrameSet.parse(" 5-5 , 5", SCENE).frames()).containsExactly(5);
        assertThat(FrameSet.parse("1,3,5-9,7-11", SCENE).toString()).isEqualTo("1,3,5-11");
        assertThat(FrameSet.parse("0-60", SCENE).size()).isEqualTo(61);
    }

    @Test
    void negative_frames_are_written_as_they_are() {
        assertThat(FrameSet.parse("-5", SCENE).frames()).containsExactly(-5);
        assertThat(FrameSet.parse("-5--3", SCENE).frames()).containsExactly(-5, -4, -3);
        assertThat(FrameSet.parse("-2-1", SCENE).frames()).containsExactly(-2, -1, 0, 1);
    }

    @Test
    void all_is_the_range_of_the_scene_and_exclusions_alone_leave_the_rest_of_it() {
        assertThat(FrameSet.parse("all", SCENE)).isEqualTo(SCENE);
        assertThat(FrameSet.parse("!1-249", SCENE).frames()).containsExactly(250);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "5-2",
                "1-10x0",
                "a",
                "1..5",
                "1-",
                "--",
                "!5,5",
                "1,,2",
                "1-9999999",
                "99999999999",
                "1-10x",
                "1;2",
                "1-3,"
            })
    void what_cannot_be_meant_is_refused_by_one_sentence(String text) {
        assertThatThrownBy(() -> FrameSet.parse(text, SCENE))
                .isInstanceOf(BadFrames.class)
                .hasMessageEndingWith(".");
    }

    @Test
    void first_middle_and_last_are_named_once_each() {
        assertThat(FrameSet.range(1, 120, 1).firstMiddleLast()).containsExactly(1, 60, 120);
        assertThat(FrameSet.range(7, 7, 1).firstMiddleLast()).containsExactly(7);
    }
}

package studio.kiln.core.blender;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EngineChoiceTest {
    @Test
    void the_nearest_engine_that_is_new_enough_opens_the_file() {
        assertThat(choose("2.78", null, "3.4.1", "4.3.2")).isEqualTo(new EngineChoice.Fits<>(v("3.4.1")));
        assertThat(choose("4.0", null, "3.4.1", "4.3.2", "5.2.0")).isEqualTo(new EngineChoice.Fits<>(v("4.3.2")));
        assertThat(choose("3.4", null, "3.4.1", "4.3.2")).isEqualTo(new EngineChoice.Fits<>(v("3.4.1")));
    }

    @Test
    void an_older_engine_of_the_same_major_version_is_tried_with_a_warning() {
        assertThat(choose("4.5", null, "3.4.1", "4.3.2")).isInstanceOfSatisfying(EngineChoice.Risky.class, risky -> {
            assertThat(risky.engine()).isEqualTo(v("4.3.2"));
            assertThat(risky.warning()).contains("4.5").contains("4.3.2");
        });
    }

    @Test
    void an_older_major_version_is_not_tried_unless_a_person_names_it() {
        assertThat(choose("5.0", null, "3.4.1", "4.3.2"))
                .isInstanceOfSatisfying(
                        EngineChoice.None.class,
                        none -> assertThat(none.reason()).contains("5.0").contains("4.3.2"));
        assertThat(choose("4.0", null, "3.4.1"))
                .isInstanceOfSatisfying(
                        EngineChoice.None.class,
                        none -> assertThat(none.reason()).contains("--blender 3.4"));
        assertThat(choose("4.0", "3.4", "3.4.1")).isInstanceOf(EngineChoice.Risky.class);
        assertThat(choose("5.0", "4.5", "4.5.3")).isInstanceOf(EngineChoice.Risky.class);
    }

    @Test
    void a_version_that_cannot_open_the_file_at_all_is_neither_offered_nor_tried_when_it_is_named() {
        assertThat(choose("5.2", null, "3.4.1", "4.3.2"))
                .isInstanceOfSatisfying(
                        EngineChoice.None.class,
                        none -> assertThat(none.reason())
                                .contains("Add a Blender 5.2 or newer")
                                .doesNotContain("--blender"));
        assertThat(choose("5.2", "4.3", "3.4.1", "4.3.2"))
                .isInstanceOfSatisfying(
                        EngineChoice.None.class,
                        none -> assertThat(none.reason()).contains("4.3.2 cannot open"));
    }

    @Test
    void a_version_that_is_not_here_is_said_with_those_that_are() {
        assertThat(choose("3.0", "4.2", "3.4.1", "4.3.2"))
                .isInstanceOfSatisfying(
                        EngineChoice.None.class,
                        none -> assertThat(none.reason()).contains("4.2").contains("3.4.1, 4.3.2"));
        assertThat(choose(null, "4.3.1", "4.3.2")).isInstanceOf(EngineChoice.None.class);
    }

    @Test
    void a_mesh_is_opened_by_the_newest_and_nothing_without_an_engine() {
        assertThat(choose(null, null, "3.4.1", "4.3.2")).isEqualTo(new EngineChoice.Fits<>(v("4.3.2")));
        assertThat(choose(null, null)).isInstanceOf(EngineChoice.None.class);
    }

    @Test
    void among_equal_versions_the_preferred_comes_first() {
        record Engine(String name, BlenderVersion version) {}
        Engine sealed = new Engine("container", v("4.3.2"));
        Engine process = new Engine("process", v("4.3.2"));
        for (BlenderVersion file : Arrays.asList(v("4.0"), null)) {
            assertThat(EngineChoice.choose(file, null, List.of(sealed, process), Engine::version))
                    .isEqualTo(new EngineChoice.Fits<>(sealed));
        }
        assertThat(EngineChoice.choose(null, v("4.3"), List.of(sealed, process), Engine::version))
                .isEqualTo(new EngineChoice.Fits<>(sealed));
    }

    @Property
    void without_a_name_no_engine_older_in_its_major_version_than_the_file_is_ever_chosen(
            @ForAll("versions") BlenderVersion file,
            @ForAll @Size(max = 5) List<@net.jqwik.api.From("versions") BlenderVersion> engines) {
        BlenderVersion chosen = switch (EngineChoice.choose(file, null, engines, v -> v)) {
            case EngineChoice.Fits<BlenderVersion>(var engine) -> engine;
            case EngineChoice.Risky<BlenderVersion>(var engine, var warning) -> engine;
            case EngineChoice.None<BlenderVersion>(var reason) -> null;
        };
        assertThat(chosen == null || chosen.major() >= file.major()).isTrue();
        assertThat(chosen != null || engines.stream().noneMatch(e -> e.reads(file)))
                .isTrue();
    }

    @Provide
    Arbitrary<BlenderVersion> versions() {
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.integers().between(2, 5),
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(0, 3))
                .as(BlenderVersion::new);
    }

    private static EngineChoice<BlenderVersion> choose(
            @Nullable String file, @Nullable String wanted, String... engines) {
        return EngineChoice.choose(
                file == null ? null : v(file),
                wanted == null ? null : v(wanted),
                Arrays.stream(engines).map(EngineChoiceTest::v).toList(),
                e -> e);
    }

    private static BlenderVersion v(String text) {
        return BlenderVersion.parse(text);
    }
}

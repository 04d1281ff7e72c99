package studio.kiln.desktop.board;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.TaskView;
import studio.kiln.desktop.Samples;

class TaskQueryTest {
    private static final List<TaskView> TASKS = Samples.tasks();

    @Test
    void wordsMustAllBeFoundInNameOrModel() {
        assertThat(names("film 020")).containsExactly("Pottery film \u00b7 shot 020");
        assertThat(names("CLOTH")).contains("Velvet, sheen test");
    }

    @Test
    void statusIsTheWordOnScreenAndItsBeginningIsEnough() {
        assertThat(names("status:failed")).containsExactly("Pottery film \u00b7 shot 010");
        assertThat(names("status:rend")).hasSize(2);
    }

    @Test
    void ownerMeIsThePersonWhoLooks() {
        assertThat(TASKS.stream().filter(TaskQuery.parse("owner:me", "Jonas")))
                .isNotEmpty()
                .allMatch(task -> task.owner().equals("Jonas"));
    }

    @Test
    void aTaskIsFoundByItsNumber() {
        assertThat(names("#14")).containsExactly("Walnut bowl, still 4K");
    }

    @Test
    void anEmptyTextLetsAllThrough() {
        assertThat(names("  ")).hasSize(TASKS.size());
    }

    private static List<String> names(String query) {
        return TASKS.stream()
                .filter(TaskQuery.parse(query, "Mei"))
                .map(TaskView::name)
                .toList();
    }
}

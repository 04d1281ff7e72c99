package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Device;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.node.Assignment;

/** Which of several nodes gets what. */
@Tag("contract")
class RoutingTest {
    private static final String OLD = "00000000000000000000000000000001";
    private static final String NEW = "00000000000000000000000000000002";
    private static final String BIG = "00000000000000000000000000000003";

    @TempDir
    Path folder;

    private Farm farm;

    @BeforeEach
    void open() throws Exception {
        farm = new Farm(folder);
        farm.registerNode(OLD, 1, Farm.engine("process", "3.4.1"));
        farm.registerNode(NEW, 1, Farm.engine("process", "4.3.2"), Farm.engine("docker", "3.4.1"));
        farm.registerNode(
                BIG,
                "boot",
                2,
                List.of("big", "office"),
                Farm.engine("process", "3.4.1", List.of(new Capabilities.Gpu("CUDA", "A card"))));
    }

    @AfterEach
    void close() {
        assertThat(farm.scheduler.reconciler().pass()).isZero();
        farm.close();
    }

    private TaskView submit(String content, RenderSettings settings, String blender, String tag) {
        return farm.scheduler.submit(
                new TaskRequest(
                        farm.readyModel(content),
                        null,
                        "1-60",
                        null,
                        settings,
                        blender,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        tag),
                "ada",
                null);
    }

    private int given(String node) {
        return farm.claim(node, 1, false).size();
    }

    @Test
    void every_node_that_has_the_build_gets_chunks_of_a_task() {
        submit("a", RenderSettings.AS_IN_FILE, "3.4.1", null);
        assertThat(given(OLD)).isOne();
        assertThat(given(NEW)).isOne();
        assertThat(given(BIG)).isOne();
    }

    @Test
    void a_task_for_a_build_that_one_node_has_goes_there_only() {
        submit("a", RenderSettings.AS_IN_FILE, "4.3.2", null);
        assertThat(given(OLD)).isZero();
        assertThat(given(BIG)).isZero();
        assertThat(given(NEW)).isOne();
    }

    @Test
    void a_task_for_a_gpu_goes_where_there_is_one() {
        RenderSettings gpu =
                new RenderSettings(null, null, null, null, null, null, null, null, null, null, Device.GPU, null, null);
        submit("a", gpu, null, null);
        assertThat(given(OLD)).isZero();
        assertThat(given(NEW)).isZero();
        assertThat(given(BIG)).isOne();
    }

    @Test
    void a_task_that_asks_for_a_tag_goes_to_nodes_that_have_it_and_waits_when_there_is_none() {
        TaskView tagged = submit("a", RenderSettings.AS_IN_FILE, "3.4.1", "big");
        TaskView other = submit("b", RenderSettings.AS_IN_FILE, "3.4.1", "render-hall");
        assertThat(given(OLD)).isZero();
        assertThat(given(NEW)).isZero();
        Assignment.Render chunk = farm.claimOne(BIG);
        assertThat(chunk.task()).isEqualTo(tagged.id());
        assertThat(farm.scheduler.task(other.id()).why()).contains("the tag 'render-hall'");
        farm.registerNode(OLD, "boot2", 1, List.of("render-hall"), Farm.engine("process", "3.4.1"));
        assertThat(farm.claimOne(OLD).task()).isEqualTo(other.id());
    }

    @Test
    void what_one_node_keeps_failing_goes_to_others_and_it_gets_other_tasks() throws Exception {
        TaskView bad = submit("a", RenderSettings.AS_IN_FILE, "3.4.1", null);
        for (int i = 0; i < NodeRecord.BLOCK_AFTER; i++) {
            fail(farm.claimOne(OLD), FailureKind.TRANSIENT);
        }
        assertThat(given(OLD)).isZero();
        assertThat(farm.claimOne(BIG).task()).isEqualTo(bad.id());
        TaskView good = submit("b", RenderSettings.AS_IN_FILE, "3.4.1", null);
        assertThat(farm.claimOne(OLD).task()).isEqualTo(good.id());
    }

    @Test
    void a_node_that_is_set_aside_gets_nothing_while_others_go_on_until_somebody_enables_it() throws Exception {
        for (int i = 0; i < NodeRecord.ASIDE_AFTER; i++) {
            submit("model " + i, RenderSettings.AS_IN_FILE, "3.4.1", null);
            fail(farm.claimOne(OLD), FailureKind.RESOURCE);
        }
        assertThat(given(OLD)).isZero();
        assertThat(farm.scheduler.nodes().node(OLD).state()).isEqualTo("set-aside");
        assertThat(farm.scheduler.nodes().node(OLD).problem()).contains("It failed.");
        assertThat(given(BIG)).isOne();
        assertThat(farm.scheduler.nodes().enable(OLD).state()).isEqualTo("ready");
        assertThat(given(OLD)).isOne();
    }

    private void fail(Assignment.Render chunk, FailureKind kind) throws Exception {
        farm.link.started(chunk.attempt());
        farm.link.failed(chunk.attempt(), kind, "BROKEN", "It failed.", null);
    }

    @Test
    void a_model_is_looked_into_by_a_node_whose_interactive_session_is_free() {
        farm.uploadedModel("a");
        farm.uploadedModel("b");
        assertThat(farm.claim(OLD, 1, false)).as("a slot alone").isEmpty();
        assertThat(farm.claim(OLD, 0, true)).hasSize(1);
        assertThat(farm.claim(NEW, 0, true)).hasSize(1);
        assertThat(farm.claim(BIG, 0, true)).isEmpty();
    }
}

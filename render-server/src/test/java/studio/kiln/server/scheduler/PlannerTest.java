package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.Device;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.MaterialOverride;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;

class PlannerTest {
    private final Planner planner = new Planner("s1");
    private final Engines.Engine process = engine("process", "3.4.1", List.of(), List.of());
    private final Engines.Engine docker = engine("docker", "4.3.2", List.of(), List.of());

    private static Engines.Engine engine(
            String backend, String version, List<String> denoisers, List<Capabilities.Gpu> gpus) {
        return new Engines.Engine(
                backend + version,
                "node",
                24L << 30,
                BlenderVersion.parse(version),
                "hash" + version,
                backend,
                "contained",
                new Capabilities(
                        version,
                        "hash" + version,
                        Map.of("cycles", true, "eevee", backend.equals("docker"), "workbench", true),
                        denoisers,
                        Map.of("blend", true, "glb", true),
                        Map.of(),
                        gpus,
                        true,
                        1.0,
                        List.of()),
                List.of());
    }

    private record Asked(
            @Nullable String frames,
            @Nullable String scene,
            RenderSettings settings,
            @Nullable String blender,
            boolean strict,
            List<TaskRequest.Variant> variants,
            Inspection inspection,
            @Nullable String savedBy,
            ModelFormat format) {
        static Asked of(RenderSettings settings) {
            return new Asked(
                    "1-3",
                    null,
                    settings,
                    null,
                    false,
                    List.of(),
                    Farm.inspection(Farm.scene("Scene")),
                    "3.4",
                    ModelFormat.BLEND);
        }

        Asked frames(@Nullable String f) {
            return new Asked(f, scene, settings, blender, strict, variants, inspection, savedBy, format);
        }

        Asked scene(String s) {
            return new Asked(frames, s, settings, blender, strict, variants, inspection, savedBy, format);
        }

        Asked savedBy(String version) {
            return new Asked(frames, scene, settings, blender, strict, variants, inspection, version, format);
        }

        Asked blender(String version) {
            return new Asked(frames, scene, settings, version, strict, variants, inspection, savedBy, format);
        }

        Asked seen(Inspection i) {
            return new Asked(frames, scene, settings, blender, strict, variants, i, savedBy, format);
        }

        Asked warned(RenderWarning warning) {
            return seen(Farm.inspection(List.of(warning), Farm.scene("Scene")));
        }

        Asked beStrict() {
            return new Asked(frames, scene, settings, blender, true, variants, inspection, savedBy, format);
        }

        Asked mesh() {
            return new Asked(frames, scene, settings, blender, strict, variants, inspection, null, ModelFormat.GLB);
        }

        Asked looks(TaskRequest.Variant... v) {
            return new Asked(frames, scene, settings, blender, strict, List.of(v), inspection, savedBy, format);
        }

        Planner.Input input() {
            return new Planner.Input(
                    Sha256.of("manifest"),
                    format,
                    savedBy,
                    inspection,
                    inspection.warnings(),
                    frames,
                    scene,
                    settings,
                    blender,
                    strict,
                    false,
                    variants);
        }
    }

    private TaskPlan plan(Asked asked, Engines.Engine... engines) {
        return planner.plan(asked.input(), List.of(engines));
    }

    private AbstractThrowableAssert<?, ?> refused(String code, Asked asked, Engines.Engine... engines) {
        return assertThatThrownBy(() -> plan(asked, engines)).isInstanceOfSatisfying(ApiException.class, e -> {
            assertThat(e.status()).isEqualTo(422);
            assertThat(e.problem().code()).isEqualTo(code);
        });
    }

    private static RenderSettings settings(
            @Nullable RenderEngine engine,
            @Nullable ImageFormat format,
            @Nullable String camera,
            @Nullable Denoise denoise,
            @Nullable Device device,
            @Nullable List<String> layers) {
        return new RenderSettings(
                engine, null, null, null, null, null, format, camera, denoise, null, device, layers, null);
    }

    private static final Asked PLAIN = Asked.of(RenderSettings.AS_IN_FILE);

    @Test
    void without_frames_it_is_the_current_one() {
        assertThat(plan(PLAIN.frames(null), process).outputs()).containsExactly(OutputKey.frame(7));
        assertThat(plan(PLAIN.frames("all"), process).frames().size()).isEqualTo(100);
    }

    @Test
    void an_empty_scene_is_refused_and_another_of_the_file_is_not() {
        Asked two = PLAIN.seen(Farm.inspection(
                List.of(new RenderWarning("NOTHING_TO_RENDER", "The scene Void is empty.", "Void")),
                Farm.scene("Scene"),
                Farm.scene("Void")));
        refused("NOTHING_TO_RENDER", two.scene("Void"), process).hasMessageContaining("The scene Void is empty.");
        assertThat(plan(two.beStrict(), process).warnings()).isEmpty();
    }

    @Test
    void names_that_the_file_does_not_have_are_refused_with_those_that_it_has() {
        refused("SCENE_UNKNOWN", PLAIN.scene("Shot"), process).hasMessageContaining("it has: Scene.");
        refused("CAMERA_UNKNOWN", Asked.of(settings(null, null, "Cam2", null, null, null)), process)
                .hasMessageContaining("it has: Camera.");
        refused("LAYER_UNKNOWN", Asked.of(settings(null, null, null, null, null, List.of("Fog"))), process)
                .hasMessageContaining("it has: ViewLayer.");
        refused(
                        "MATERIAL_UNKNOWN",
                        PLAIN.looks(new TaskRequest.Variant("x", List.of(new MaterialOverride("Gold", Map.of())))),
                        process)
                .hasMessageContaining("it has: Material.");
        refused("BAD_FRAMES", PLAIN.frames("9-1"), process).hasMessageContaining("ends before it begins");
    }

    @Test
    void the_nearest_engine_that_is_new_enough_is_taken_and_docker_before_process() {
        assertThat(plan(PLAIN, docker, process).engine()).isEqualTo(process);
        assertThat(plan(PLAIN.savedBy("4.0"), docker, process).engine()).isEqualTo(docker);
        Engines.Engine same = engine("docker", "3.4.1", List.of(), List.of());
        assertThat(plan(PLAIN, same, process).engine()).isEqualTo(same);
        assertThat(plan(PLAIN.blender("4.3"), docker, process).engine()).isEqualTo(docker);
    }

    @Test
    void a_newer_minor_version_is_tried_with_a_warning_a_newer_major_one_is_not() {
        TaskPlan plan = plan(PLAIN.savedBy("4.5"), docker, process);
        assertThat(plan.engine()).isEqualTo(docker);
        assertThat(plan.warnings()).extracting(RenderWarning::code).containsExactly("NEWER_MINOR_VERSION");
        assertThat(plan(
                                PLAIN.savedBy("4.5")
                                        .warned(new RenderWarning("NEWER_MINOR_VERSION", "Other words.", "4.5")),
                                docker)
                        .warnings())
                .as("said once, and of the engine that renders")
                .singleElement()
                .satisfies(warning -> assertThat(warning.message()).contains("4.3.2"))
                .satisfies(warning -> assertThat(warning.subject()).isEqualTo("4.5"));
        refused("ENGINE_UNAVAILABLE", PLAIN.savedBy("5.0"), docker, process)
                .hasMessageContaining("saved by Blender 5.0");
        refused("ENGINE_UNAVAILABLE", PLAIN).hasMessageContaining("No Blender is known here");
    }

    @Test
    void only_engines_that_proved_the_renderer_are_taken() {
        assertThat(plan(Asked.of(settings(RenderEngine.EEVEE, null, null, null, null, null)), process, docker)
                        .engine())
                .isEqualTo(docker);
        refused("ENGINE_UNAVAILABLE", Asked.of(settings(RenderEngine.EEVEE, null, null, null, null, null)), process)
                .hasMessageContaining("EEVEE")
                .hasMessageContaining("3.4.1");
    }

    @Test
    void a_gpu_is_never_replaced_silently() {
        refused("GPU_UNAVAILABLE", Asked.of(settings(null, null, null, null, Device.GPU, null)), process);
        Engines.Engine gpu = engine("process", "3.5.0", List.of(), List.of(new Capabilities.Gpu("OPTIX", "RTX")));
        assertThat(plan(Asked.of(settings(null, null, null, null, Device.GPU, null)), process, gpu)
                        .device())
                .isEqualTo("optix");
        assertThat(plan(Asked.of(settings(null, null, null, null, Device.AUTO, null)), process)
                        .device())
                .isEqualTo("cpu");
        assertThat(plan(PLAIN, gpu).device()).isEqualTo("cpu");
    }

    @Test
    void denoising_that_was_required_is_never_left_out_silently() {
        refused("DENOISE_UNAVAILABLE", Asked.of(settings(null, null, null, Denoise.ON, null, null)), process);
        Engines.Engine denoising = engine("process", "3.6.0", List.of("oidn"), List.of());
        assertThat(plan(Asked.of(settings(null, null, null, Denoise.ON, null, null)), process, denoising)
                        .engine())
                .isEqualTo(denoising);
    }

    @Test
    void a_picture_for_which_no_node_has_the_memory_is_refused_with_what_would_fit() {
        refused("PICTURE_TOO_LARGE", Asked.of(sized(65_536, 65_536, null)), process, docker)
                .hasMessageContaining("65536 x 65536 pixels takes at least 144.0 GiB")
                .hasMessageContaining("no node that could render it has more than 24.0 GiB")
                .hasMessageContaining("at most 715 million pixels, such as 26754 x 26754");
        refused("PICTURE_TOO_LARGE", Asked.of(sized(40_000, 20_000, 1000)), process);
        assertThat(plan(Asked.of(sized(16_384, 16_384, null)), process).width()).isEqualTo(16_384);
    }

    private static RenderSettings sized(int width, int height, @Nullable Integer percent) {
        return new RenderSettings(null, null, null, width, height, percent, null, null, null, null, null, null, null);
    }

    @Test
    void warnings_refuse_a_strict_request_before_anything_renders() {
        Inspection.Scene unbaked =
                Farm.scene("Scene", List.of(new Inspection.ViewLayer("ViewLayer", true)), false, List.of("Cloth"));
        TaskPlan plan = plan(PLAIN.seen(Farm.inspection(unbaked)), process);
        assertThat(plan.together()).isTrue();
        assertThat(plan.warnings()).extracting(RenderWarning::code).containsExactly("SIMULATION_UNBAKED");
        refused("STRICT", PLAIN.seen(Farm.inspection(unbaked)).beStrict(), process)
                .hasMessageContaining("Cloth");
    }

    @Test
    void what_a_mesh_is_given_to_be_rendered_is_told_before_it_is() {
        assertThat(plan(PLAIN.mesh(), process).warnings())
                .extracting(RenderWarning::code)
                .contains("STAGE_ADDED")
                .doesNotContain("CAMERA_ADDED");
        refused("STRICT", PLAIN.mesh().beStrict(), process).hasMessageContaining("backdrop");
    }

    @Test
    void several_layers_become_several_pictures_where_one_would_hide_the_others() {
        List<Inspection.ViewLayer> two =
                List.of(new Inspection.ViewLayer("Front", true), new Inspection.ViewLayer("Back", true));
        Asked asked = PLAIN.frames("1").seen(Farm.inspection(Farm.scene("Scene", two, false, List.of())));
        assertThat(plan(asked, process).outputs()).extracting(OutputKey::layer).containsExactly("Front", "Back");
        Asked composited = PLAIN.frames("1").seen(Farm.inspection(Farm.scene("Scene", two, true, List.of())));
        assertThat(plan(composited, process).outputs())
                .extracting(OutputKey::layer)
                .containsExactly("");
        Asked multilayer = Asked.of(settings(null, ImageFormat.EXR_MULTILAYER, null, null, null, null))
                .frames("1")
                .seen(Farm.inspection(Farm.scene("Scene", two, false, List.of())));
        assertThat(plan(multilayer, process).outputs())
                .extracting(OutputKey::layer)
                .containsExactly("");
    }

    @Test
    void views_are_pictures_of_their_own_unless_the_file_packs_them_into_one_that_the_format_can_hold() {
        Asked asked = PLAIN.frames("1").seen(Farm.inspection(Farm.stereo("Scene", null)));
        assertThat(plan(asked, process).outputs()).extracting(OutputKey::view).containsExactly("left", "right");
        Inspection packed = Farm.inspection(Farm.stereo("Scene", "stereo"));
        assertThat(plan(PLAIN.frames("1").seen(packed), process).outputs())
                .extracting(OutputKey::view)
                .containsExactly("");
        Inspection multiview = Farm.inspection(Farm.stereo("Scene", "multiview"));
        assertThat(plan(PLAIN.frames("1").seen(multiview), process).outputs())
                .extracting(OutputKey::view)
                .containsExactly("");
        Asked asPng = Asked.of(settings(null, ImageFormat.PNG, null, null, null, null));
        assertThat(plan(asPng.frames("1").seen(multiview), process).outputs())
                .extracting(OutputKey::view)
                .containsExactly("left", "right");
    }

    @Test
    void each_variant_has_its_own_pictures_and_its_overrides_win() {
        MaterialOverride red = new MaterialOverride("Material", Map.of("roughness", 0.1));
        MaterialOverride blue = new MaterialOverride("Material", Map.of("roughness", 0.9));
        TaskPlan plan = plan(
                PLAIN.looks(
                        new TaskRequest.Variant("red", List.of(red)), new TaskRequest.Variant("blue", List.of(blue))),
                process);
        assertThat(plan.outputs()).hasSize(6);
        assertThat(plan.looks().get(1).settings().overrides()).containsExactly(blue);
        assertThat(plan.looks().get(0).recipe().key())
                .isNotEqualTo(plan.looks().get(1).recipe().key());
    }

    @Test
    void two_ways_of_writing_one_thing_are_one_recipe() {
        OutputKey frame = OutputKey.frame(1);
        Sha256 plain = plan(PLAIN, process).looks().getFirst().recipe(frame).key();
        assertThat(plan(Asked.of(settings(null, null, null, Denoise.FILE, Device.CPU, null)), process)
                        .looks()
                        .getFirst()
                        .recipe(frame)
                        .key())
                .isEqualTo(plain);
        assertThat(plan(PLAIN.scene("Scene"), process)
                        .looks()
                        .getFirst()
                        .recipe(frame)
                        .key())
                .isEqualTo(plain);
        assertThat(plan(PLAIN.blender("4.3"), docker, process)
                        .looks()
                        .getFirst()
                        .recipe(frame)
                        .key())
                .isNotEqualTo(plain);
    }
}

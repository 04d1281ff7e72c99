package studio.kiln.core.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.MaterialOverride;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.OutputKey;

class RecipeTest {
    private static final Sha256 MANIFEST = Sha256.of("manifest");

    @Test
    void equal_descriptions_have_equal_keys_in_whatever_order_they_were_written() {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("roughness", 0.2);
        one.put("base_color", List.of(1.0, 0.5, 0.1));
        Map<String, Object> other = new LinkedHashMap<>();
        other.put("base_color", List.of(1.0, 0.5, 0.1));
        other.put("roughness", 0.2);
        assertThat(recipe(settings(64, one), 3).key())
                .isEqualTo(recipe(settings(64, other), 3).key());
    }

    @Test
    void the_number_of_a_variant_is_not_part_of_its_pixels() {
        Recipe first = recipe(RenderSettings.AS_IN_FILE, new OutputKey(0, 1, "", "", ""));
        Recipe second = recipe(RenderSettings.AS_IN_FILE, new OutputKey(5, 1, "", "", ""));
        assertThat(first.key()).isEqualTo(second.key());
    }

    @Test
    void whatever_changes_pixels_changes_the_key() {
        Recipe base = recipe(settings(64, Map.of()), 1);
        assertThat(List.of(
                        recipe(settings(65, Map.of()), 1),
                        recipe(settings(64, Map.of()), 2),
                        recipe(settings(64, Map.of("roughness", 0.1)), 1),
                        recipe(settings(64, Map.of()), new OutputKey(0, 1, "Layer", "", "")),
                        new Recipe(
                                Sha256.of("other"),
                                null,
                                false,
                                base.settings(),
                                base.output(),
                                "4.3.2/abc",
                                "cpu",
                                "s1"),
                        new Recipe(
                                MANIFEST, "Scene 2", false, base.settings(), base.output(), "4.3.2/abc", "cpu", "s1"),
                        new Recipe(MANIFEST, null, true, base.settings(), base.output(), "4.3.2/abc", "cpu", "s1"),
                        new Recipe(MANIFEST, null, false, base.settings(), base.output(), "4.3.2/abd", "cpu", "s1"),
                        new Recipe(MANIFEST, null, false, base.settings(), base.output(), "4.3.2/abc", "cuda", "s1"),
                        new Recipe(MANIFEST, null, false, base.settings(), base.output(), "4.3.2/abc", "cpu", "s2")))
                .extracting(Recipe::key)
                .doesNotContain(base.key())
                .doesNotHaveDuplicates();
    }

    @Test
    void the_key_of_a_given_recipe_stays_the_same_from_release_to_release() {
        assertThat(recipe(settings(64, Map.of("roughness", 0.25)), 12).canonical())
                .isEqualTo("{\"device\":\"cpu\",\"engine\":\"4.3.2/abc\",\"manifest\":\"" + MANIFEST
                        + "\",\"output\":{\"frame\":12,\"layer\":\"\",\"part\":\"\",\"variant\":0,\"view\":\"\"},\"script\":\"s1\","
                        + "\"settings\":{\"format\":\"exr-multilayer\",\"overrides\":[{\"material\":{\"roughness\":0.25},\"slot\":\"Clay\"}],"
                        + "\"samples\":64},\"trusted\":false}");
    }

    private static RenderSettings settings(int samples, Map<String, Object> material) {
        return new RenderSettings(
                null,
                samples,
                null,
                null,
                null,
                null,
                ImageFormat.EXR_MULTILAYER,
                null,
                null,
                null,
                null,
                null,
                List.of(new MaterialOverride("Clay", material)));
    }

    private static Recipe recipe(RenderSettings settings, int frame) {
        return recipe(settings, OutputKey.frame(frame));
    }

    private static Recipe recipe(RenderSettings settings, OutputKey output) {
        return new Recipe(MANIFEST, null, false, settings, output, "4.3.2/abc", "cpu", "s1");
    }
}

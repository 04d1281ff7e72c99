package studio.kiln.desktop.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.ModelView;
import studio.kiln.desktop.Samples;

class ModelTextsTest {
    @Test
    void aCardSaysKindAndTheOneFactThatMatters() {
        assertThat(ModelTexts.line(Samples.model(1, "a", "blend", true, 0)))
                .isEqualTo(".blend \u00b7 2 objects \u00b7 animated");
        assertThat(ModelTexts.line(Samples.model(3, "a", "glb", false, 0)))
                .isEqualTo(".glb \u00b7 115\u2009k triangles");
        assertThat(ModelTexts.line(Samples.model(3, "a", "blend", true, 2))).isEqualTo(".blend \u00b7 2 files missing");
    }

    @Test
    void theInspectorTellsSceneGeometryMaterialsEngineAndFiles() {
        Map<String, String> facts = Map.ofEntries(
                ModelTexts.facts(Samples.version(Samples.models().getFirst())).toArray(new Map.Entry[0]));

        assertThat(facts)
                .containsEntry("Scene", "1 scene, 2 cameras, frames 1\u2013120 at 24 fps")
                .containsEntry("Engine", "Cycles, 160 samples, saved by 4.2")
                .containsEntry("Files", "1 file, 3.4 MB")
                .containsKeys("Geometry", "Materials");
    }

    @Test
    void checksSayWhatIsFineAndWhatIsNot() {
        ModelView whole = Samples.models().getFirst();
        assertThat(ModelTexts.checks(Samples.version(whole)))
                .extracting(ModelTexts.Check::fine)
                .containsExactly(true, true, false);

        ModelView broken = Samples.models().getLast();
        assertThat(ModelTexts.checks(Samples.version(broken)))
                .extracting(ModelTexts.Check::text)
                .contains("The texture wood.png is missing; it renders pink.")
                .doesNotContain("All textures and libraries are here");
    }
}

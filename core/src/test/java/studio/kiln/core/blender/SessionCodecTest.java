package studio.kiln.core.blender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import studio.kiln.core.task.FailureKind;

class SessionCodecTest {
    @Test
    void a_request_is_one_line_in_the_words_of_the_protocol() {
        RenderSettings settings = new RenderSettings(
                RenderEngine.CYCLES,
                8,
                0.01,
                64,
                32,
                null,
                ImageFormat.EXR_MULTILAYER,
                "Caméra \"2\"\n",
                Denoise.OFF,
                7,
                Device.CPU,
                null,
                List.of(new MaterialOverride("Clay", Map.of("roughness", 0.5))));
        String line = SessionCodec.write(new SessionRequest.Render(
                "7",
                settings,
                List.of(new SessionRequest.Output("v0/f1/l/w/p", 1, "", "", "0001.exr")),
                "a1",
                null,
                true));
        assertThat(line)
                .doesNotContain("\n")
                .contains(
                        "\"op\":\"render\"", "\"noise_threshold\":0.01", "\"exr-multilayer\"", "\"tiles\":true", "\\n");
    }

    @Test
    void events_become_records_and_members_that_are_not_known_are_passed_over() {
        assertThat(
                        SessionCodec.read(
                                "{\"event\":\"error\",\"id\":\"3\",\"kind\":\"permanent\",\"code\":\"FILE_NEWER\",\"message\":\"m\",\"new\":1}"))
                .isEqualTo(new SessionEvent.Failed("3", FailureKind.PERMANENT, "FILE_NEWER", "m", null));
        assertThat(
                        SessionCodec.read(
                                "{\"event\":\"progress\",\"id\":\"3\",\"key\":null,\"frame\":2,\"phase\":\"rendering\",\"done\":1,\"total\":4,\"unit\":\"samples\"}"))
                .isEqualTo(new SessionEvent.Progress("3", null, 2, "rendering", 1, 4, "samples"));
    }

    @Test
    void what_is_no_event_is_refused() {
        assertThatThrownBy(() -> SessionCodec.read("Blender 3.4.1 (hash unknown)"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SessionCodec.read("{\"event\":\"nonsense\"}"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

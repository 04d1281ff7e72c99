package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine without Blender and without a container engine. */
@Tag("e2e")
@EmbeddedOnly("about a machine on which nothing renders")
class NothingRendersE2eTest {
    @TempDir
    Path folder;

    @Test
    void renderEndsWithThreeAndTheCommandThatInstallsOne() throws IOException {
        // in a namespace of its own an empty file stands where Blender is
        Path hide = Files.writeString(
                folder.resolve("hide"),
                "for place in /usr/bin/blender /usr/local/bin/blender; do\n"
                        + "  [ ! -e $place ] || mount --bind /dev/null $place\ndone\nexec \"$@\"\n");
        try (Kiln kiln =
                new Kiln().with("KILN_BACKEND", "process").startedBy("unshare", "--mount", "sh", hide.toString())) {
            Kiln.Outcome outcome = kiln.kiln(
                    "render",
                    Assets.path("nocam.blend").toString(),
                    "-o",
                    folder.resolve("out").toString(),
                    "--json");
            assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(3);
            assertThat(outcome.json().path("status").asString()).isEqualTo("refused");
            assertThat(outcome.json().path("problem").path("code").asString()).isEqualTo("NO_ENGINE");
            assertThat(outcome.err()).contains("blender").contains("kiln engines add");
            Kiln.Outcome doctor = kiln.kiln("doctor");
            assertThat(doctor.exit()).isEqualTo(3);
            assertThat(doctor.out()).contains("GAP");
        }
    }
}

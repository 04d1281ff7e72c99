package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.task.FailureKind;

/** The small parts that carry a session. */
class SessionPartsTest {
    @TempDir
    Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100})
    void linesAreTheSameInWhateverPiecesTheyArrive(int piece) {
        byte[] text = bytes("first\nsecond é 日本\r\nthird without end");
        List<String> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(1000, lines::add);
        for (int i = 0; i < text.length; i += piece) {
            splitter.take(text, i, Math.min(piece, text.length - i));
        }
        splitter.flush();
        assertThat(lines).containsExactly("first", "second é 日本", "third without end");
    }

    @Test
    void aLineThatNeverEndsTakesNoMemory() {
        List<String> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(10, lines::add);
        byte[] text = bytes("x".repeat(100));
        splitter.take(text, 0, text.length);
        splitter.take(bytes("y\nshort\n"), 0, 8);
        assertThat(lines).containsExactly("short");
    }

    @Test
    void theLogIsCappedAndKeepsTheLastLines() throws Exception {
        Path file = folder.resolve("log");
        try (RollingLog log = new RollingLog(file, 1000)) {
            for (int i = 0; i < 200; i++) {
                byte[] line = bytes("line " + i + "\n");
                log.write(line, 0, line.length);
                log.line("line " + i);
            }
            assertThat(log.lastLines()).endsWith("line 199").doesNotContain("line 100\n");
        }
        assertThat(Files.size(file) + Files.size(folder.resolve("log.1"))).isLessThan(2100);
    }

    @Test
    void aDeviceFaultIsToldFromNoise() {
        assertThat(FatalPhrases.find("CUDA error: Out of memory in cuMemAlloc_v2(&device_pointer, size)"))
                .hasValueSatisfying(fault -> assertThat(fault.kind()).isEqualTo(FailureKind.RESOURCE));
        assertThat(FatalPhrases.find("Illegal address in CUDA queue synchronize: error"))
                .hasValueSatisfying(fault -> assertThat(fault.kind()).isEqualTo(FailureKind.TRANSIENT));
        assertThat(FatalPhrases.find("EGL Error (0x3009): EGL_BAD_MATCH")).isEmpty();
        assertThat(FatalPhrases.find("Fra:1 Mem:out of memory lane.blend")).isEmpty();
        assertThat(FatalPhrases.find("Loaded the chipset textures, no error, out of memoryless shaders"))
                .isEmpty();
    }

    @Test
    void theVersionIsReadFromWhatBlenderSays() {
        assertThat(BlenderProgram.parse("AL lib: noise\nBlender 4.2.1 LTS\n\tbuild hash: 396f546c9d82\n"))
                .hasValue(new BlenderProgram.Answer(new BlenderVersion(4, 2, 1), "396f546c9d82"));
        assertThat(BlenderProgram.parse("Blender 3.4.1\n"))
                .hasValue(new BlenderProgram.Answer(new BlenderVersion(3, 4, 1), ""));
        assertThat(BlenderProgram.parse("bash: command not found")).isEmpty();
    }

    @Test
    void theProgramForBlenderIsUnpackedOnceAndMendedWhenItIsDamaged() throws Exception {
        SessionScripts scripts = SessionScripts.load();
        Path first = scripts.unpack(folder);
        Path entry = first.resolve(SessionScripts.entry());
        byte[] whole = Files.readAllBytes(entry);
        Files.writeString(entry, "damaged");
        assertThat(scripts.unpack(folder)).isEqualTo(first);
        assertThat(entry).hasBinaryContent(whole);
        assertThat(first).hasFileName(scripts.version());
        assertThat(SessionScripts.of(Map.of("kiln_session/main.py", bytes("other")))
                        .version())
                .isNotEqualTo(scripts.version());
    }
}

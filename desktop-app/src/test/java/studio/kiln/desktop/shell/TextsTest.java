package studio.kiln.desktop.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.TaskState;

class TextsTest {
    @Test
    void everyKeyThatTheSourceNamesHasAText() throws IOException {
        Set<String> missing = new TreeSet<>();
        Pattern whole = Pattern.compile("Texts\\.get\\(\\s*\"([a-z][a-z0-9.-]*[a-z0-9])\"\\s*[,)]");
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                Matcher keys = whole.matcher(Files.readString(file));
                while (keys.find()) {
                    if (!Texts.has(keys.group(1))) {
                        missing.add(keys.group(1));
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyStateThatIsSpelledOutHasAText() {
        for (ChunkState state : ChunkState.values()) {
            assertThat(Texts.get("task.chunk.state." + state.name().toLowerCase(java.util.Locale.ROOT)))
                    .isNotBlank();
        }
        for (TaskState state : new TaskState[] {
            TaskState.WAITING,
            TaskState.PAUSED,
            TaskState.CANCELLED,
            TaskState.PAUSE_REQUESTED,
            TaskState.CANCEL_REQUESTED
        }) {
            assertThat(Texts.get("board.left." + state.name().toLowerCase(java.util.Locale.ROOT)))
                    .isNotBlank();
        }
    }

    @Test
    void oneAndManyReadRight() {
        assertThat(Texts.get("library.objects", 1)).isEqualTo("1 object");
        assertThat(Texts.get("library.objects", 5)).isEqualTo("5 objects");
        assertThat(Texts.get("submit.send", "1", 1)).isEqualTo("Render 1 frame");
        assertThat(Texts.get("submit.send", "108", 108)).isEqualTo("Render 108 frames");
    }
}

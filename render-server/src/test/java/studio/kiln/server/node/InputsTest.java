package studio.kiln.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.asset.Manifest;

class InputsTest {
    @TempDir
    Path folder;

    private FakeServer server;
    private Inputs inputs;

    @BeforeEach
    void make() throws IOException {
        server = new FakeServer(folder.resolve("store"));
        inputs = new Inputs(folder.resolve("session"), 20, server);
    }

    private Manifest model(String text) throws IOException {
        return server.manifest(Map.of("a/shot.blend", text.getBytes(), "t/wood.png", new byte[4]));
    }

    @Test
    void aModelIsPutTogetherAsItWas() throws Exception {
        String root = inputs.provide(model("one"));
        assertThat(folder.resolve("session/in").resolve(root)).hasContent("one");
        assertThat(folder.resolve("session/in")
                        .resolve(Path.of(root).getName(0))
                        .resolve("t/wood.png"))
                .hasSize(4);
    }

    @Test
    void aByteThatWasChangedMeanwhileIsPutRight() throws Exception {
        Manifest model = model("one");
        Path file = folder.resolve("session/in").resolve(inputs.provide(model));
        Files.writeString(file, "two");
        inputs.provide(model);
        assertThat(file).hasContent("one");
    }

    @Test
    void aBlobThatArrivesDamagedIsNeverUsed() throws Exception {
        Manifest model = model("one");
        Files.writeString(server.store.resolve(model.files().getFirst().sha256().hex()), "two");
        assertThatThrownBy(() -> inputs.provide(model))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
        try (Stream<Path> all = Files.walk(folder.resolve("session"))) {
            assertThat(all.filter(path -> path.startsWith(folder.resolve("session/in")) && Files.isRegularFile(path)))
                    .isEmpty();
        }
    }

    @Test
    void modelsNotUsedForTheLongestTimeMakeRoom() throws Exception {
        String first = inputs.provide(model("0123456789"));
        String second = inputs.provide(model("abcdefghij"));
        assertThat(folder.resolve("session/in").resolve(first)).doesNotExist();
        assertThat(folder.resolve("session/in").resolve(second)).exists();
    }
}

package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShaderCacheTest {
    @TempDir
    Path folder;

    private Path kept;

    @BeforeEach
    void kept() {
        kept = folder.resolve("kept");
    }

    private Path session(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private Path compiled(Path session, String file, String text) throws IOException {
        Path path = session.resolve("tmp").resolve(ShaderCache.FOLDER).resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    private List<String> files(Path of) throws IOException {
        try (Stream<Path> all = Files.walk(of)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> of.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aSessionBeginsWithACopyOfWhatAnotherCompiled() throws Exception {
        Path first = session("first");
        compiled(first, "ab/shader", "compiled");
        ShaderCache.keep(first, kept);
        Path tmp = session("second").resolve("tmp");
        ShaderCache.begin(kept, tmp, false);
        Path copy = tmp.resolve(ShaderCache.FOLDER).resolve("ab/shader");
        assertThat(copy).hasContent("compiled");
        Files.writeString(copy, "changed by the second");
        assertThat(kept.resolve("ab/shader")).hasContent("compiled");
    }

    @Test
    void whatIsCompiledLaterReplacesWhatWasKept() throws Exception {
        Path first = session("first");
        compiled(first, "old", "1");
        ShaderCache.keep(first, kept);
        Path second = session("second");
        compiled(second, "new", "2");
        ShaderCache.keep(second, kept);
        assertThat(files(kept)).containsExactly("new");
        assertThat(files(folder)).allMatch(file -> !file.startsWith("kept."));
    }

    @Test
    void aSessionThatCompiledNothingReplacesNothing() throws Exception {
        Path first = session("first");
        compiled(first, "old", "1");
        ShaderCache.keep(first, kept);
        ShaderCache.keep(session("second"), kept);
        assertThat(files(kept)).containsExactly("old");
    }

    @Test
    void linksAreLeftOut() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "of somebody else");
        Path first = session("first");
        Path shader = compiled(first, "shader", "compiled");
        Files.createSymbolicLink(shader.resolveSibling("link"), secret);
        ShaderCache.keep(first, kept);
        assertThat(files(kept)).containsExactly("shader");
    }

    @Test
    void moreThanASelfTestCanCompileIsNotKept() throws Exception {
        Path first = session("first");
        try (RandomAccessFile large =
                new RandomAccessFile(compiled(first, "large", "").toFile(), "rw")) {
            large.setLength((64L << 20) + 1);
        }
        ShaderCache.keep(first, kept);
        assertThat(kept).doesNotExist();
    }

    @Test
    void aSessionBeginsWithoutWhenThereIsNothing() throws Exception {
        Path tmp = session("second").resolve("tmp");
        ShaderCache.begin(kept, tmp, false);
        assertThat(tmp.resolve(ShaderCache.FOLDER)).doesNotExist();
    }
}

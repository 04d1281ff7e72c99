package studio.kiln.core.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ModelFilesTest {
    @TempDir
    Path folder;

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void a_pipe_is_refused_and_not_waited_for() throws Exception {
        Path pipe = folder.resolve("pipe.blend");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> ModelFiles.read(pipe, null))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("pipe");
    }

    @Test
    void aBlendFileTravelsAlone() throws IOException {
        write("pot.blend", "BLENDER");
        write("other.png", "x");
        try (ModelFiles files = ModelFiles.read(folder.resolve("pot.blend"))) {
            assertThat(files.name()).isEqualTo("pot");
            assertThat(files.manifest().files()).extracting(ManifestFile::path).containsExactly("pot.blend");
        }
    }

    @Test
    void aGltfBringsTheNeighboursThatItNames() throws IOException {
        write(
                "a.gltf",
                "{\"buffers\":[{\"uri\":\"a%20b.bin\"},{\"uri\":\"data:,\"}],\"images\":[{\"uri\":\"tex/i.png\"},{\"uri\":\"gone.png\"}]}");
        write("a b.bin", "1");
        write("tex/i.png", "2");
        write("unrelated.png", "3");
        try (ModelFiles files = ModelFiles.read(folder.resolve("a.gltf"))) {
            assertThat(files.places()).containsOnlyKeys("a.gltf", "a b.bin", "tex/i.png");
        }
    }

    @Test
    void anObjBringsItsMaterialsAndTheirTextures() throws IOException {
        write("a.obj", "mtllib a.mtl\nv 0 0 0\n");
        write("a.mtl", "newmtl x\nmap_Kd -s 1 1 1 wood.png\nmap_Bump bump map.png\n");
        write("wood.png", "1");
        write("bump map.png", "2");
        try (ModelFiles files = ModelFiles.read(folder.resolve("a.obj"))) {
            assertThat(files.places()).containsOnlyKeys("a.obj", "a.mtl", "wood.png", "bump map.png");
        }
    }

    @Test
    void inAFolderTheBlendThatNoOtherNamesIsTheModel() throws IOException {
        write("scenes/shot.blend", "BLENDER..//../lib/props.blend..");
        write("lib/props.blend", "BLENDER");
        write("lib/props.blend1", "BLENDER");
        write(".git/config", "x");
        try (ModelFiles files = ModelFiles.read(folder)) {
            assertThat(files.root()).isEqualTo("scenes/shot.blend");
            assertThat(files.places()).containsOnlyKeys("scenes/shot.blend", "lib/props.blend");
        }
    }

    @Test
    void whatACompressedBlendNamesIsFoundToo() throws IOException {
        Files.createDirectories(folder.resolve("lib"));
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("shot.blend")))) {
            out.write("BLENDER..//lib/props.blend..".getBytes(StandardCharsets.UTF_8));
        }
        write("lib/props.blend", "BLENDER");
        try (ModelFiles files = ModelFiles.read(folder)) {
            assertThat(files.root()).isEqualTo("shot.blend");
        }
    }

    @Test
    void aFolderWithoutAnyFileHasNoModel() throws IOException {
        Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> ModelFiles.read(folder.resolve("empty")))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("There is no model in 'empty'");
    }

    @Test
    void severalModelsAreNamedInOneSentence() throws IOException {
        write("a.blend", "1");
        write("b.blend", "2");
        assertThatThrownBy(() -> ModelFiles.read(folder))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("a.blend, b.blend");
        try (ModelFiles files = ModelFiles.read(folder, "b.blend")) {
            assertThat(files.root()).isEqualTo("b.blend");
        }
    }

    @Test
    void aZipIsUnpackedAndItsFolderRemovedAfterwards() throws IOException {
        Path zip = zip("set.zip", "set/pot.blend", "set/tex/a.png");
        Path unpacked;
        try (ModelFiles files = ModelFiles.read(zip)) {
            assertThat(files.places()).containsOnlyKeys("pot.blend", "tex/a.png");
            unpacked = files.places().get("pot.blend");
            assertThat(unpacked).exists();
        }
        assertThat(unpacked).doesNotExist();
    }

    @Test
    void aZipWhosePathsLeaveItIsRefused() throws IOException {
        Path zip = zip("bad.zip", "../evil.blend");
        assertThatThrownBy(() -> ModelFiles.read(zip))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("leaves its folder");
    }

    @Test
    void aLinkInAFolderIsRefused() throws IOException {
        write("a.blend", "1");
        Files.createSymbolicLink(folder.resolve("b.png"), Path.of("/etc/passwd"));
        assertThatThrownBy(() -> ModelFiles.read(folder))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("b.png");
    }

    @Test
    void anUnknownKindIsNamedTogetherWithTheKnownOnes() throws IOException {
        write("a.txt", "1");
        assertThatThrownBy(() -> ModelFiles.read(folder.resolve("a.txt")))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining(".blend");
    }

    private void write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Path zip(String name, String... entries) throws IOException {
        Path zip = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream packed = new ZipOutputStream(out)) {
            for (String entry : entries) {
                packed.putNextEntry(new ZipEntry(entry));
                packed.write(1);
                packed.closeEntry();
            }
        }
        return zip;
    }
}

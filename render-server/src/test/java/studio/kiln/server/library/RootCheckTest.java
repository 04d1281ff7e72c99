package studio.kiln.server.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.server.storage.BlobStore;
import studio.kiln.server.storage.LocalBlobStore;

@Tag("contract")
class RootCheckTest {
    private static final List<BlenderVersion> OLD = List.of(BlenderVersion.parse("3.4.1"));
    private static final List<BlenderVersion> BOTH =
            List.of(BlenderVersion.parse("3.4.1"), BlenderVersion.parse("4.3.2"));

    @TempDir
    Path folder;

    private LocalBlobStore store;

    @BeforeEach
    void open() throws IOException {
        store = new LocalBlobStore(folder);
    }

    @Test
    void aFileOfANewerMajorVersionIsNotOpenedAndTheWayOutIsNamed() throws IOException {
        RootCheck.Finding finding = check("a.blend", "BLENDER-v400", OLD);
        assertThat(finding).isInstanceOfSatisfying(RootCheck.Bad.class, bad -> {
            assertThat(bad.code()).isEqualTo("FILE_NEWER");
            assertThat(bad.problem()).contains("4.0").contains("3.4.1").contains("kiln engines add");
        });
        assertThat(finding.savedBy()).isEqualTo(BlenderVersion.parse("4.0"));
    }

    @ParameterizedTest
    @CsvSource({"BLENDER-v304, 3.4", "BLENDER-v400, 4.0", "BLENDER_V279, 2.79", "BLENDER-v405, 4.5"})
    void whatAnEngineMayReadIsLeftToIt(String header, String version) throws IOException {
        assertThat(check("a.blend", header, BOTH)).isEqualTo(new RootCheck.Good(BlenderVersion.parse(version)));
    }

    @Test
    void anOlderEngineThatAPersonNamedLooksIntoTheFile() throws IOException {
        assertThat(check("a.blend", "BLENDER-v400", BlenderVersion.parse("3.4"), OLD))
                .isEqualTo(new RootCheck.Good(BlenderVersion.parse("4.0")));
        assertThat(check("a.blend", "BLENDER-v400", BlenderVersion.parse("3.6"), OLD))
                .isInstanceOf(RootCheck.Bad.class);
    }

    @Test
    void nothingIsRefusedWhileNoEngineIsKnown() throws IOException {
        assertThat(check("a.blend", "BLENDER17-01v0500", List.of())).isInstanceOf(RootCheck.Good.class);
        assertThat(check("a.blend", "BLENDER17-01v0500", BOTH)).isInstanceOf(RootCheck.Bad.class);
    }

    @ParameterizedTest
    @CsvSource({
        "a.gltf, '{\"asset\":{}}'",
        "a.gltf, ' \n{}'",
        "a.ply, ply",
        "a.obj, '# made by hand'",
        "a.stl, solid ring",
        "a.fbx, Kaydara FBX Binary  "
    })
    void meshesThatBeginAsTheyShouldAreTaken(String name, String content) throws IOException {
        assertThat(check(name, content, OLD)).isEqualTo(new RootCheck.Good(null));
    }

    @ParameterizedTest
    @CsvSource({
        "a.blend, '', is empty",
        "a.glb, '', is empty",
        "a.obj, version https://git-lfs.github.com/spec/v1, git lfs pull",
        "a.blend, version https://git-lfs.github.com/spec/v1, git lfs pull",
        "a.blend, BLEND, cut off",
        "a.blend, <html>, not a .blend",
        "a.glb, glTF, not a GLB",
        "a.gltf, glTF, name it .glb",
        "a.stl, tiny, not an STL",
        "a.fbx, hello, not an FBX"
    })
    void whatCannotBeAModelIsSaidInOneSentence(String name, String content, String sentence) throws IOException {
        assertThat(check(name, content, OLD)).isInstanceOfSatisfying(RootCheck.Bad.class, bad -> {
            assertThat(bad.code()).isEqualTo("FILE_UNREADABLE");
            assertThat(bad.problem()).contains(sentence).endsWith(".");
        });
    }

    private RootCheck.Finding check(String name, String content, List<BlenderVersion> engines) throws IOException {
        return check(name, content, null, engines);
    }

    private RootCheck.Finding check(
            String name, String content, @Nullable BlenderVersion named, List<BlenderVersion> engines)
            throws IOException {
        BlobStore.Blob blob = store.put(new ByteArrayInputStream(content.getBytes(StandardCharsets.ISO_8859_1)), null);
        Manifest manifest = new Manifest(name, List.of(new ManifestFile(name, blob.digest(), blob.size())));
        return new RootCheck(store).check(manifest, named, engines);
    }
}

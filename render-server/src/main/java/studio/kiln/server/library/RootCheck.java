package studio.kiln.server.library;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.core.blender.BlendHeader;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.EngineChoice;
import studio.kiln.core.blender.NotABlend;
import studio.kiln.server.storage.BlobStore;

/**
 * Looks at the first bytes of a model file, before any Blender opens it: whether it can be what its name says, and which
 * version of Blender wrote it.
 */
final class RootCheck {
    private static final int HEAD = 4096;
    private static final String LFS = "version https://git-lfs.github.com/spec/";

    private final BlobStore store;

    RootCheck(BlobStore store) {
        this.store = store;
    }

    /**
     * @param wanted the version that a person named, or null
     * @param engines versions of the Blenders that work here; empty when there are none, or none is known yet
     */
    Finding check(Manifest manifest, @Nullable BlenderVersion wanted, List<BlenderVersion> engines) throws IOException {
        ManifestFile root = manifest.files().stream()
                .filter(f -> f.path().equals(manifest.root()))
                .findFirst()
                .orElseThrow();
        ModelFormat format = manifest.format();
        String name = "'" + root.path() + "'";
        if (root.size() == 0) {
            return unreadable(
                    name + " is empty (0 bytes); save it again, or copy it again if it was cut off on its way.");
        }
        byte[] head;
        try (InputStream in = store.open(root.sha256())) {
            head = in.readNBytes(HEAD);
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith(LFS)) {
            return unreadable(
                    name + " is only a Git LFS pointer, not the model itself; run 'git lfs pull' and try again.");
        }
        if (format == ModelFormat.BLEND) {
            return blend(root, wanted, engines);
        }
        String wrong = meshProblem(format, head, text, root.size());
        return wrong == null ? new Good(null) : unreadable(name + " " + wrong);
    }

    private Finding blend(ManifestFile root, @Nullable BlenderVersion wanted, List<BlenderVersion> engines)
            throws IOException {
        BlendHeader header;
        try (InputStream in = store.open(root.sha256())) {
            header = BlendHeader.read(in);
        } catch (NotABlend e) {
            return unreadable("'" + root.path() + "': " + e.getMessage());
        }
        if (engines.isEmpty()) {
            return new Good(header.version());
        }
        return switch (EngineChoice.toLook(header.version(), wanted, engines, v -> v)) {
            case EngineChoice.None<BlenderVersion> none -> new Bad("FILE_NEWER", none.reason(), header.version());
            case EngineChoice.Fits<BlenderVersion> fits -> new Good(header.version());
            case EngineChoice.Risky<BlenderVersion> risky -> new Good(header.version());
        };
    }

    private static @Nullable String meshProblem(ModelFormat format, byte[] head, String text, long size) {
        return switch (format) {
            case GLB -> glbProblem(head, text, size);
            case GLTF ->
                text.startsWith("glTF")
                        ? "is a binary glTF; name it .glb."
                        : startsWithBrace(head) ? null : "is not a glTF: it does not begin as JSON. Export it again.";
            case PLY -> text.startsWith("ply") ? null : "is not a PLY: it does not begin with 'ply'. Export it again.";
            case FBX ->
                text.startsWith("Kaydara FBX Binary")
                        ? null
                        : text.contains("FBX")
                                ? "is a text FBX, which Blender does not read; export it as binary FBX."
                                : "is not an FBX: it does not begin with its signature. Export it again.";
            case STL ->
                size >= 84 || text.strip().toLowerCase(Locale.ROOT).startsWith("solid")
                        ? null
                        : "is not an STL: it is shorter than the header of one. Export it again.";
            case OBJ ->
                text.indexOf('\0') < 0
                        ? null
                        : "is not an OBJ: it is no text. Export it again, or give it its right ending.";
            case BLEND -> null;
        };
    }

    private static @Nullable String glbProblem(byte[] head, String text, long size) {
        if (!text.startsWith("glTF") || head.length < 12) {
            return "is not a GLB: it does not begin with 'glTF'. Export it again.";
        }
        long told = (head[8] & 0xffL) | (head[9] & 0xffL) << 8 | (head[10] & 0xffL) << 16 | (head[11] & 0xffL) << 24;
        return told > size
                ? "is cut off: it has " + size + " of the " + told + " bytes that it should have. Copy it again."
                : null;
    }

    private static boolean startsWithBrace(byte[] head) {
        int i = head.length > 2 && (head[0] & 0xff) == 0xef && (head[1] & 0xff) == 0xbb && (head[2] & 0xff) == 0xbf
                ? 3
                : 0;
        while (i < head.length && (head[i] == ' ' || head[i] == '\n' || head[i] == '\r' || head[i] == '\t')) {
            i++;
        }
        return i < head.length && head[i] == '{';
    }

    private static Bad unreadable(String problem) {
        return new Bad("FILE_UNREADABLE", problem, null);
    }

    /** What the first bytes say. */
    sealed interface Finding {
        /** Version of Blender that wrote the file, or null when it says none. */
        @Nullable
        BlenderVersion savedBy();
    }

    /** An engine may look into it. */
    record Good(@Nullable BlenderVersion savedBy) implements Finding {}

    /** No engine here can read it. */
    record Bad(String code, String problem, @Nullable BlenderVersion savedBy) implements Finding {}
}

package studio.kiln.core.asset;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of file that Kiln takes as a model. */
public enum ModelFormat {
    BLEND,
    GLB,
    GLTF,
    OBJ,
    STL,
    PLY,
    FBX;

    /** The format by the ending of a file name; case does not matter. */
    public static Optional<ModelFormat> of(String fileName) {
        int dot = fileName.lastIndexOf('.');
        String ending = dot < 0 ? "" : fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
        return Arrays.stream(values()).filter(f -> f.word().equals(ending)).findFirst();
    }

    /** The word of the session protocol, and the file ending. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the file is a mesh without a scene: it gets a floor, a backdrop, a camera and lights. */
    public boolean isMesh() {
        return this != BLEND;
    }

    /** All endings, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(f -> "." + f.word()).collect(Collectors.joining(", "));
    }
}

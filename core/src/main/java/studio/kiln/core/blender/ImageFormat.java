package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The file formats of a picture. */
public enum ImageFormat {
    /** 8 bit */
    PNG("png"),
    /** 16 bit */
    PNG16("png16"),
    JPEG("jpeg"),
    /** OpenEXR, half float, one layer */
    EXR("exr"),
    /** OpenEXR with every layer and pass */
    EXR_MULTILAYER("exr-multilayer");

    private final String word;

    ImageFormat(String word) {
        this.word = word;
    }

    /** The word that the API, the command line and the session protocol use. */
    @JsonValue
    public String word() {
        return word;
    }

    /** @throws IllegalArgumentException with one sentence for a person */
    @JsonCreator
    public static ImageFormat of(String word) {
        return Words.find(values(), ImageFormat::word, word, "an image format");
    }
}

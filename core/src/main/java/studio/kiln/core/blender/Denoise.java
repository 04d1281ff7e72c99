package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Whether the picture is denoised after rendering. */
public enum Denoise {
    ON("on"),
    OFF("off"),
    /** As the file says; switched off with a warning where the build has no denoiser. */
    FILE("file");

    private final String word;

    Denoise(String word) {
        this.word = word;
    }

    /** The word that the API, the command line and the session protocol use. */
    @JsonValue
    public String word() {
        return word;
    }

    /** @throws IllegalArgumentException with one sentence for a person */
    @JsonCreator
    public static Denoise of(String word) {
        return Words.find(values(), Denoise::word, word, "a choice for denoising");
    }
}

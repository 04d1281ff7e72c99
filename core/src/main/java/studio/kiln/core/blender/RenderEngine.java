package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The render engines that Kiln knows, in Blender's words. */
public enum RenderEngine {
    CYCLES("cycles"),
    EEVEE("eevee"),
    WORKBENCH("workbench");

    private final String word;

    RenderEngine(String word) {
        this.word = word;
    }

    /** The word that the API, the command line and the session protocol use. */
    @JsonValue
    public String word() {
        return word;
    }

    /** @throws IllegalArgumentException with one sentence for a person */
    @JsonCreator
    public static RenderEngine of(String word) {
        return Words.find(values(), RenderEngine::word, word, "a render engine");
    }
}

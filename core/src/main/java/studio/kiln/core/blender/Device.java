package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** What a render may run on. */
public enum Device {
    /** The GPU where there is one. */
    AUTO("auto"),
    CPU("cpu"),
    /** The GPU and nothing else; never falls back. */
    GPU("gpu");

    private final String word;

    Device(String word) {
        this.word = word;
    }

    /** The word that the API, the command line and the session protocol use. */
    @JsonValue
    public String word() {
        return word;
    }

    /** @throws IllegalArgumentException with one sentence for a person */
    @JsonCreator
    public static Device of(String word) {
        return Words.find(values(), Device::word, word, "a device");
    }
}

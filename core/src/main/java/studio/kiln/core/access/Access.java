package studio.kiln.core.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a share gives, from the least to the most. */
public enum Access {
    NONE,
    READ,
    EDIT;

    public boolean includes(Access other) {
        return compareTo(other) >= 0;
    }

    public Access or(Access other) {
        return includes(other) ? this : other;
    }

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException for what no share can give */
    @JsonCreator
    public static Access of(String word) {
        return switch (word.strip().toLowerCase(Locale.ROOT)) {
            case "read" -> READ;
            case "edit" -> EDIT;
            default -> throw new IllegalArgumentException("A share gives 'read' or 'edit', not '" + word + "'.");
        };
    }
}

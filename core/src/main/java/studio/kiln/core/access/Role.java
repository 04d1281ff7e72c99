package studio.kiln.core.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What a person is in the studio. */
public enum Role {
    /** Everything. */
    ADMIN(
            100,
            EnumSet.of(
                    Permission.ACCOUNT,
                    Permission.READ,
                    Permission.RENDER,
                    Permission.TRUST,
                    Permission.OPERATE,
                    Permission.SHUT_DOWN,
                    Permission.ADMINISTER)),
    /** All tasks, and the farm; sees everything. */
    WRANGLER(
            100,
            EnumSet.of(Permission.ACCOUNT, Permission.READ, Permission.RENDER, Permission.TRUST, Permission.OPERATE)),
    /** Own models and tasks, and what is shared. */
    ARTIST(75, EnumSet.of(Permission.ACCOUNT, Permission.READ, Permission.RENDER)),
    /** Reads what is shared. */
    VIEWER(0, EnumSet.of(Permission.ACCOUNT, Permission.READ));

    private final int mostPriority;
    private final Set<Permission> permissions;

    Role(int mostPriority, Set<Permission> permissions) {
        this.mostPriority = mostPriority;
        this.permissions = Collections.unmodifiableSet(permissions);
    }

    public Set<Permission> permissions() {
        return permissions;
    }

    /** The highest priority that a task may get from such a person, 0..100. */
    public int mostPriority() {
        return mostPriority;
    }

    /** As the API and people write it. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException with the words that there are */
    @JsonCreator
    public static Role of(String word) {
        return Arrays.stream(values())
                .filter(role -> role.word().equals(word.strip().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no role '" + word + "'; there are "
                        + Arrays.stream(values()).map(Role::word).collect(Collectors.joining(", ")) + "."));
    }
}

package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;

/**
 * A new account.
 *
 * @param name small letters, digits, dot, dash and underscore; never changes
 */
public record UserAdd(String name, @Nullable String displayName, Role role, String password) {
    /** Never shows the password. */
    @Override
    public String toString() {
        return "UserAdd[" + name + ", " + role + "]";
    }
}

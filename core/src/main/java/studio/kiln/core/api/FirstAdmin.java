package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;

/**
 * Makes the first administrator.
 *
 * @param setupToken the one-time token that the server printed on its console
 */
public record FirstAdmin(
        String setupToken, String name, @Nullable String displayName, String password) {
    /** Never shows a secret. */
    @Override
    public String toString() {
        return "FirstAdmin[" + name + "]";
    }
}

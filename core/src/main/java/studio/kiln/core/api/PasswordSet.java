package studio.kiln.core.api;

/** A new password for somebody, by an administrator. */
public record PasswordSet(String password) {
    /** Never shows the password. */
    @Override
    public String toString() {
        return "PasswordSet[]";
    }
}

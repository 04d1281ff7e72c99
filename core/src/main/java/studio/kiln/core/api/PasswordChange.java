package studio.kiln.core.api;

/** A new password of one's own; the old one is asked for again. */
public record PasswordChange(String oldPassword, String newPassword) {
    /** Never shows a password. */
    @Override
    public String toString() {
        return "PasswordChange[]";
    }
}

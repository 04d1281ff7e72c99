package studio.kiln.core.api;

/**
 * A token that was just made.
 *
 * @param token to be sent as {@code Authorization: Bearer TOKEN}; shown this once
 */
public record TokenAdded(String token, TokenView view) {
    /** Never shows the token. */
    @Override
    public String toString() {
        return "TokenAdded[" + view.name() + "]";
    }
}

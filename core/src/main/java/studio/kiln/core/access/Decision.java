package studio.kiln.core.access;

/** What {@link Policy} says. */
public sealed interface Decision {
    /** @param why one sentence */
    record Allowed(String why) implements Decision {}

    /**
     * @param why one sentence for the caller; for the audit log only when {@code hidden}
     * @param hidden whether the caller may not even know that the thing exists
     */
    record Denied(String why, boolean hidden) implements Decision {}

    default boolean isAllowed() {
        return this instanceof Allowed;
    }
}

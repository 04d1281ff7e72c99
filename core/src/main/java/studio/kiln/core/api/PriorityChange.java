package studio.kiln.core.api;

/** @param priority 0..100 */
public record PriorityChange(int priority) {
    public PriorityChange {
        if (priority < 0 || priority > 100) {
            throw new IllegalArgumentException("The priority is between 0 and 100, not " + priority + ".");
        }
    }
}

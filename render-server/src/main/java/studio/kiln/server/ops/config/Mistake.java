package studio.kiln.server.ops.config;

/**
 * Something in the configuration that cannot be used.
 *
 * @param place the file with line and column, or the variable
 * @param sentence what is wrong and what to do; never holds a secret
 */
public record Mistake(String place, String sentence) {
    @Override
    public String toString() {
        return place + ": " + sentence;
    }
}

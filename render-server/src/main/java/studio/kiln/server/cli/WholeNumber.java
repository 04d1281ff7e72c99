package studio.kiln.server.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A whole number within bounds; whatever else a person writes is answered by those bounds. */
public abstract class WholeNumber implements ITypeConverter<Integer> {
    private final int least;
    private final int most;

    /**
     * @param least inclusive
     * @param most inclusive
     */
    protected WholeNumber(int least, int most) {
        this.least = least;
        this.most = most;
    }

    @Override
    public final Integer convert(String text) {
        try {
            int value = Integer.parseInt(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw notWithin(text);
        }
        throw notWithin(text);
    }

    private TypeConversionException notWithin(String text) {
        return new TypeConversionException("'" + text + "' is not a whole number from " + least + " to " + most + ".");
    }

    /** How many entries of a list are shown. */
    public static final class Limit extends WholeNumber {
        Limit() {
            super(1, 100_000);
        }
    }

    /** The priority of a task. */
    public static final class Priority extends WholeNumber {
        Priority() {
            super(0, 100);
        }
    }
}

package studio.kiln.server.ops.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used, with all that is wrong in it. */
public final class BadConfiguration extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<Mistake> mistakes;

    public BadConfiguration(List<Mistake> mistakes) {
        super(
                mistakes.size() == 1
                        ? mistakes.getFirst().toString()
                        : "The configuration has " + mistakes.size() + " mistakes:\n"
                                + mistakes.stream().map(m -> "  " + m).collect(Collectors.joining("\n")));
        this.mistakes = List.copyOf(mistakes);
    }

    /** In the order of the file, then those of the environment. */
    public List<Mistake> mistakes() {
        return mistakes;
    }
}

package studio.kiln.core.blender;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds the constant of an enum by its word, or says which words there are. */
final class Words {
    private Words() {}

    static <E extends Enum<E>> E find(E[] values, Function<E, String> word, String wanted, String what) {
        String folded = wanted.strip().toLowerCase(Locale.ROOT);
        return Arrays.stream(values)
                .filter(value -> word.apply(value).equals(folded))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + wanted + "' is not " + what + "; there are "
                        + Arrays.stream(values).map(word).collect(Collectors.joining(", ")) + "."));
    }
}

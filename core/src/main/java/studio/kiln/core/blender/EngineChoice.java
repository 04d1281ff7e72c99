package studio.kiln.core.blender;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which of the engines at hand opens a file. Blender crashes or lies on files newer than itself, so an engine at least as
 * new as the file is taken, the nearest such; if there are only older ones of the same major version the newest of them is
 * tried with a warning; an older major version is not tried unless a person names the engine, and never when it cannot
 * open such files at all.
 *
 * @param <E> whatever stands for an engine
 */
public sealed interface EngineChoice<E> {
    /** An engine at least as new as the file. */
    record Fits<E>(E engine) implements EngineChoice<E> {}

    /** An engine that may cope; {@code warning} says why it may not. */
    record Risky<E>(E engine, String warning) implements EngineChoice<E> {}

    /** Nothing here may open the file; {@code reason} says what to do. */
    record None<E>(String reason) implements EngineChoice<E> {}

    /**
     * Chooses.
     *
     * @param file version that wrote the file; null for a mesh format, which every engine reads
     * @param wanted a version that a person named ({@code 4.3} or {@code 4.3.2}), or null
     * @param engines in order of preference among equal versions
     */
    static <E> EngineChoice<E> choose(
            @Nullable BlenderVersion file,
            @Nullable BlenderVersion wanted,
            Collection<E> engines,
            Function<E, BlenderVersion> version) {
        if (engines.isEmpty()) {
            return new None<>("No Blender is known here; install one, or name it with 'kiln engines add PATH'.");
        }
        String known = engines.stream()
                .map(version)
                .sorted()
                .distinct()
                .map(BlenderVersion::toString)
                .collect(Collectors.joining(", "));
        if (wanted != null) {
            return named(file, wanted, engines, version, known);
        }
        if (file == null) {
            return new Fits<>(newest(engines, version).orElseThrow());
        }
        Optional<E> nearest =
                engines.stream().filter(e -> version.apply(e).reads(file)).min(Comparator.comparing(version));
        if (nearest.isPresent()) {
            return new Fits<>(nearest.get());
        }
        E best = newest(engines, version).orElseThrow();
        BlenderVersion bestVersion = version.apply(best);
        if (bestVersion.major() == file.major()) {
            return new Risky<>(best, olderWarning(file, bestVersion));
        }
        return new None<>(
                bestVersion.opens(file)
                        ? "The file was saved by Blender " + file.series() + ", and the newest here is " + bestVersion
                                + ", which cannot be trusted with it (here: " + known + "). " + remedy(file)
                                + "; to try it with the older one all the same, name that: --blender "
                                + bestVersion.series() + "."
                        : "The file was saved by Blender " + file.series() + ", and the newest here is " + bestVersion
                                + ", which cannot open files of that kind at all (here: " + known + "). "
                                + remedy(file) + ".");
    }

    private static String remedy(BlenderVersion file) {
        return "Add a Blender " + file.series()
                + " or newer with 'kiln engines add PATH', or save the file for an older version";
    }

    /**
     * Chooses for a look into a file: the engine that can be trusted with it, and the named one only where there is none such.
     *
     * @param named a version that a person named for this file, or null
     */
    static <E> EngineChoice<E> toLook(
            @Nullable BlenderVersion file,
            @Nullable BlenderVersion named,
            Collection<E> engines,
            Function<E, BlenderVersion> version) {
        EngineChoice<E> trusted = choose(file, null, engines, version);
        if (!(trusted instanceof None<E>) || named == null) {
            return trusted;
        }
        EngineChoice<E> wanted = choose(file, named, engines, version);
        return wanted instanceof None<E> ? trusted : wanted;
    }

    private static <E> EngineChoice<E> named(
            @Nullable BlenderVersion file,
            BlenderVersion wanted,
            Collection<E> engines,
            Function<E, BlenderVersion> version,
            String known) {
        Optional<E> match = engines.stream()
                .filter(e -> version.apply(e).series().equals(wanted.series()))
                .filter(e -> wanted.patch() == 0 || version.apply(e).equals(wanted))
                .max(Comparator.comparing(version));
        if (match.isEmpty()) {
            return new None<>("There is no Blender " + (wanted.patch() == 0 ? wanted.series() : wanted)
                    + " here (here: " + known + "). Add it with 'kiln engines add PATH', or leave the choice to Kiln.");
        }
        BlenderVersion chosen = version.apply(match.get());
        if (file != null && !chosen.opens(file)) {
            return new None<>("The file was saved by Blender " + file.series() + ", and " + chosen
                    + " cannot open files of that kind at all (here: " + known + "). " + remedy(file) + ".");
        }
        return file == null || chosen.reads(file)
                ? new Fits<>(match.get())
                : new Risky<>(match.get(), olderWarning(file, chosen));
    }

    private static String olderWarning(BlenderVersion file, BlenderVersion engine) {
        return "The file was saved by Blender " + file.series() + " and is rendered by the older " + engine
                + "; what that version does not know is lost.";
    }

    // Among equal versions the first in the order of preference wins.
    private static <E> Optional<E> newest(Collection<E> engines, Function<E, BlenderVersion> version) {
        return engines.stream().max(Comparator.comparing(version));
    }
}

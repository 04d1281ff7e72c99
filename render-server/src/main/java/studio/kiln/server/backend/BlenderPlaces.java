package studio.kiln.server.backend;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where Blender usually is, on each system. */
final class BlenderPlaces {
    private static final List<String> NAMES = List.of("blender", "blender.exe", "Contents/MacOS/Blender");

    private BlenderPlaces() {}

    /** Executables with how they were found ({@code environment} or {@code found}), the named one first. */
    static Map<Path, String> find(Map<String, String> environment) {
        Map<Path, String> places = new LinkedHashMap<>();
        String named = environment.getOrDefault("KILN_BLENDER", "");
        if (!named.isBlank()) {
            // Kept even when it is not there, so that the mistake is told.
            Path place = Path.of(named).toAbsolutePath().normalize();
            places.put(in(place).orElse(place), "environment");
        }
        String path = environment.getOrDefault("PATH", environment.getOrDefault("Path", ""));
        for (String folder : path.split(File.pathSeparator)) {
            if (!folder.isBlank()) {
                in(Path.of(folder)).ifPresent(place -> places.putIfAbsent(place, "found"));
            }
        }
        for (Path folder : usual(environment)) {
            in(folder).ifPresent(place -> places.putIfAbsent(place, "found"));
        }
        return places;
    }

    /**
     * The executable that a person means: the file itself, or the one in the folder.
     *
     * @throws IOException with one sentence for a person
     */
    static Path executable(Path named) throws IOException {
        if (!Files.exists(named)) {
            throw new IOException("There is no file or folder " + named + ".");
        }
        return in(named)
                .orElseThrow(() -> new IOException(
                        Files.isDirectory(named)
                                ? "The folder " + named + " holds no program named blender; name the unpacked Blender."
                                : named + " is not a program that may be run; name Blender's executable."));
    }

    private static Optional<Path> in(Path place) {
        if (Files.isRegularFile(place)) {
            return Files.isExecutable(place) ? Optional.of(place) : Optional.empty();
        }
        return NAMES.stream()
                .map(place::resolve)
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    private static List<Path> usual(Map<String, String> environment) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        List<Path> places = new ArrayList<>();
        String home = environment.getOrDefault("HOME", environment.getOrDefault("USERPROFILE", ""));
        if (system.contains("mac")) {
            places.addAll(matching(Path.of("/Applications"), "Blender*.app"));
            if (!home.isEmpty()) {
                places.addAll(matching(Path.of(home, "Applications"), "Blender*.app"));
            }
        } else if (system.startsWith("windows")) {
            for (String variable : List.of("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")) {
                String base = environment.getOrDefault(variable, "");
                if (!base.isEmpty()) {
                    places.addAll(matching(Path.of(base, "Blender Foundation"), "Blender*"));
                }
            }
        } else {
            places.add(Path.of("/usr/bin"));
            places.add(Path.of("/usr/local/bin"));
            places.addAll(matching(Path.of("/opt"), "[bB]lender*"));
            places.add(Path.of("/snap/blender/current"));
            if (!home.isEmpty()) {
                places.addAll(matching(Path.of(home), "[bB]lender*"));
                places.addAll(matching(Path.of(home, "Applications"), "[bB]lender*"));
            }
        }
        return places;
    }

    // Newest name first, so that it is preferred among equals.
    private static List<Path> matching(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return found;
        }
        found.sort(Comparator.reverseOrder());
        return found;
    }
}

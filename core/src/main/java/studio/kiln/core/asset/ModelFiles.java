package studio.kiln.core.asset;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.blender.BlendHeader;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The files on this machine that one model consists of: a single file, a glTF or OBJ with the neighbours that it names, a
 * folder, or a zip of one. Reads names and the few bytes that it needs; {@link #manifest} reads everything.
 *
 * <p>A zip is unpacked into a temporary folder, which {@link #close()} removes.
 */
public final class ModelFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelFiles.class);
    private static final int MOST_FILES = 20_000;

    private final String name;
    private final String root;
    private final Map<String, Path> places;
    private final @Nullable Path temporary;

    private ModelFiles(String name, String root, Map<String, Path> places, @Nullable Path temporary) {
        this.name = name;
        this.root = root;
        this.places = places;
        this.temporary = temporary;
    }

    /** As {@link #read(Path, String)}, the model file being found by itself. */
    public static ModelFiles read(Path source) throws IOException {
        return read(source, null);
    }

    /**
     * Finds what belongs to the model.
     *
     * @param source a model file, a folder, or a zip
     * @param root path of the model file inside a folder or zip; null finds it: the only one, or the only .blend that no
     *     other one there names
     * @throws UnusablePath with one sentence for a person
     */
    public static ModelFiles read(Path source, @Nullable String root) throws IOException {
        Path real = source.toAbsolutePath().normalize();
        String fileName = String.valueOf(real.getFileName());
        if (!Files.exists(real)) {
            throw new UnusablePath("There is no file or folder '" + source + "'.");
        }
        if (Files.isDirectory(real)) {
            return folder(fileName, real, root, null);
        }
        if (!Files.isRegularFile(real)) {
            throw new UnusablePath("'" + source + "' is no file but a pipe, a socket or a device; give a model file.");
        }
        if (!Files.isReadable(real)) {
            throw new UnusablePath("'" + source + "' cannot be read; check its permissions.");
        }
        if (fileName.toLowerCase(Locale.ROOT).endsWith(".zip")) {
            Path unpacked = Files.createTempDirectory("kiln-zip");
            try {
                Unzip.unpack(real, unpacked, Unzip.Limits.USUAL);
                return folder(stem(fileName), onlyFolder(unpacked), root, unpacked);
            } catch (IOException | RuntimeException e) {
                delete(unpacked);
                throw e;
            }
        }
        ModelFormat format = ModelFormat.of(fileName)
                .orElseThrow(() -> new UnusablePath("'" + fileName + "' is not a model that Kiln knows ("
                        + ModelFormat.names() + ", or a folder or .zip with one of them)."));
        Map<String, Path> places = new TreeMap<>();
        places.put(fileName, real);
        if (format == ModelFormat.GLTF) {
            neighbours(real, gltfNames(real), places);
        } else if (format == ModelFormat.OBJ) {
            objNeighbours(real, places);
        }
        return new ModelFiles(stem(fileName), fileName, places, null);
    }

    /** A name for the model: that of the file or folder, without its ending. */
    public String name() {
        return name;
    }

    /** Path of the model file, as in the manifest. */
    public String root() {
        return root;
    }

    /** Where each path of the manifest lies on this machine. */
    public Map<String, Path> places() {
        return Map.copyOf(places);
    }

    /** Bytes of all files together. */
    public long size() throws IOException {
        long size = 0;
        for (Path file : places.values()) {
            size += Files.size(file);
        }
        return size;
    }

    /**
     * Reads every file once for its digest.
     *
     * @param read hears how many bytes were read so far
     * @param cancelled asked between files; when it says true the reading ends with an {@link
     *     java.io.InterruptedIOException}
     */
    public Manifest manifest(LongConsumer read, BooleanSupplier cancelled) throws IOException {
        List<ManifestFile> files = new ArrayList<>();
        long total = 0;
        for (Map.Entry<String, Path> place : places.entrySet()) {
            if (cancelled.getAsBoolean()) {
                throw new java.io.InterruptedIOException("Reading the model was cancelled.");
            }
            long size = Files.size(place.getValue());
            files.add(new ManifestFile(place.getKey(), Sha256.of(place.getValue()), size));
            total += size;
            read.accept(total);
        }
        return new Manifest(root, files);
    }

    /** As {@link #manifest(LongConsumer, BooleanSupplier)}, told to nobody. */
    public Manifest manifest() throws IOException {
        return manifest(bytes -> {}, () -> false);
    }

    @Override
    public void close() throws IOException {
        if (temporary != null) {
            delete(temporary);
        }
    }

    private static ModelFiles folder(String name, Path base, @Nullable String wanted, @Nullable Path temporary)
            throws IOException {
        Map<String, Path> places = new TreeMap<>();
        Files.walkFileTree(base, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return hidden(folder) && !folder.equals(base) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isSymbolicLink() || attributes.isOther()) {
                    throw new UnusablePath("'" + slashed(base, file)
                            + "' is a link or a device; put the file itself into the folder.");
                }
                if (!hidden(file) && !backup(file)) {
                    places.put(slashed(base, file), file);
                }
                if (places.size() > MOST_FILES) {
                    throw new UnusablePath("'" + name + "' holds more than " + MOST_FILES
                            + " files; choose the folder of one project.");
                }
                return FileVisitResult.CONTINUE;
            }
        });
        if (!places.isEmpty()) {
            PathRules.check(places.keySet());
        }
        return new ModelFiles(name, wanted == null ? findRoot(name, places) : named(wanted, places), places, temporary);
    }

    private static String named(String wanted, Map<String, Path> places) {
        if (!places.containsKey(wanted)) {
            throw new UnusablePath("There is no '" + wanted + "' in the folder.");
        }
        return wanted;
    }

    private static String findRoot(String name, Map<String, Path> places) {
        List<String> models = places.keySet().stream()
                .filter(path -> ModelFormat.of(path).isPresent())
                .toList();
        if (models.isEmpty()) {
            throw new UnusablePath("There is no model in '" + name + "' (" + ModelFormat.names() + ").");
        }
        List<String> blends = models.stream()
                .filter(m -> ModelFormat.of(m).orElseThrow() == ModelFormat.BLEND)
                .toList();
        List<String> candidates = blends.isEmpty() ? models : blends;
        if (candidates.size() > 1) {
            candidates = notNamedByOthers(candidates, places);
        }
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        throw new UnusablePath("There are several models in '" + name + "': "
                + candidates.stream().limit(6).collect(Collectors.joining(", "))
                + (candidates.size() > 6 ? ", \u2026" : "")
                + ". Choose one with --root, or move the others into a folder of their own.");
    }

    /** A .blend that another one names is a library of it and not what is to be rendered. */
    private static List<String> notNamedByOthers(List<String> candidates, Map<String, Path> places) {
        List<String> left = new ArrayList<>(candidates);
        for (String path : candidates) {
            List<String> others = candidates.stream()
                    .filter(other -> !other.equals(path) && left.contains(other))
                    .toList();
            Collection<String> named = containedNames(
                    java.util.Objects.requireNonNull(places.get(path)),
                    others.stream().map(ModelFiles::last).toList());
            left.removeIf(other -> !other.equals(path) && named.contains(last(other)));
        }
        return left.isEmpty() ? candidates : left;
    }

    private static Collection<String> containedNames(Path file, List<String> names) {
        List<String> found = new ArrayList<>();
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        if (longest == 0) {
            return found;
        }
        byte[] buffer = new byte[1 << 20];
        String tail = "";
        try (InputStream in = BlendHeader.unpacked(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                String text = tail + new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
                for (String name : names) {
                    String bytes = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
                    if (!found.contains(name) && text.contains(bytes)) {
                        found.add(name);
                    }
                }
                tail = text.substring(Math.max(0, text.length() - longest * 4));
            }
        } catch (IOException | RuntimeException e) {
            // damaged inside: the engine says so, and here it names what was found up to there
            LOG.debug("{} cannot be read to its end: {}", file, e.toString());
        }
        return found;
    }

    private static void neighbours(Path file, Collection<String> names, Map<String, Path> places) {
        Path folder = java.util.Objects.requireNonNull(file.getParent());
        for (String name : names) {
            Path place;
            try {
                place = folder.resolve(name).normalize();
            } catch (java.nio.file.InvalidPathException e) {
                continue;
            }
            // what lies outside is missing for the render, and the inspection says so
            if (place.startsWith(folder) && Files.isRegularFile(place)) {
                places.putIfAbsent(slashed(folder, place), place);
            }
        }
    }

    private static List<String> gltfNames(Path file) throws IOException {
        List<String> names = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            JsonNode tree = JsonMapper.shared().readTree(in);
            for (String list : List.of("buffers", "images")) {
                for (JsonNode entry : tree.path(list)) {
                    String uri = entry.path("uri").asString("");
                    if (!uri.isEmpty() && !uri.startsWith("data:")) {
                        names.add(URLDecoder.decode(uri.replace("+", "%2B"), StandardCharsets.UTF_8));
                    }
                }
            }
        } catch (JacksonException | IllegalArgumentException e) {
            // the engine says what is wrong with the file; here there are only no neighbours to be found
            return names;
        }
        return names;
    }

    private static void objNeighbours(Path file, Map<String, Path> places) throws IOException {
        List<String> libraries = statements(file, List.of("mtllib"));
        neighbours(file, libraries, places);
        for (String library : libraries) {
            Path place = places.get(library.replace('\\', '/'));
            if (place != null) {
                List<String> maps = statements(
                        place,
                        List.of(
                                "map_kd",
                                "map_ka",
                                "map_ks",
                                "map_ke",
                                "map_ns",
                                "map_d",
                                "map_bump",
                                "bump",
                                "norm",
                                "map_pr",
                                "map_pm",
                                "map_ps",
                                "disp",
                                "decal",
                                "refl"));
                neighbours(place, maps, places);
                neighbours(
                        place,
                        maps.stream()
                                .map(m -> m.substring(m.lastIndexOf(' ') + 1))
                                .toList(),
                        places);
            }
        }
    }

    private static List<String> statements(Path file, List<String> keywords) throws IOException {
        List<String> values = new ArrayList<>();
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String text = line.strip();
                int space = text.indexOf(' ');
                if (space > 0 && keywords.contains(text.substring(0, space).toLowerCase(Locale.ROOT))) {
                    String value = text.substring(space + 1).strip().replace('\\', '/');
                    values.add(new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
                }
            }
        }
        return values;
    }

    /** Archives often hold one folder that holds everything. */
    private static Path onlyFolder(Path base) throws IOException {
        try (Stream<Path> entries = Files.list(base)) {
            List<Path> all = entries.filter(p -> !hidden(p)).toList();
            return all.size() == 1 && Files.isDirectory(all.getFirst()) ? all.getFirst() : base;
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean hidden(Path path) {
        return String.valueOf(path.getFileName()).startsWith(".");
    }

    /** Blender's own backups: {@code scene.blend1}. */
    private static boolean backup(Path path) {
        return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).matches(".*\\.blend\\d+$");
    }

    private static String slashed(Path base, Path file) {
        return base.relativize(file).toString().replace('\\', '/');
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String stem(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot > 0 ? fileName.substring(0, dot) : fileName;
    }
}

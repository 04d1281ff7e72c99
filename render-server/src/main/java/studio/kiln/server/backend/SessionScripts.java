package studio.kiln.server.backend;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import studio.kiln.core.asset.Sha256;

/**
 * The Python program that runs inside Blender, as it travels with Kiln. Its digest is the script version that recipes hold:
 * another program may make other pixels. Safe for any thread.
 */
public final class SessionScripts {
    private static final String ROOT = "studio/kiln/blender/";
    private static final String PACKAGE = "kiln_session";
    private static final String ENTRY = PACKAGE + "/main.py";

    private final SortedMap<String, byte[]> files;
    private final String version;

    private SessionScripts(SortedMap<String, byte[]> files) {
        this.files = files;
        MessageDigest digest = Sha256.digest();
        files.forEach((path, content) -> {
            digest.update(path.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(Sha256.of(content).hex().getBytes(StandardCharsets.US_ASCII));
        });
        this.version = Sha256.of(digest).hex().substring(0, 16);
    }

    /**
     * Reads the program from the class path.
     *
     * @throws IOException when Kiln was built without it
     */
    public static SessionScripts load() throws IOException {
        URL entry = SessionScripts.class.getClassLoader().getResource(ROOT + ENTRY);
        if (entry == null) {
            throw new IOException("Kiln's program for Blender is not part of this build (" + ROOT + ENTRY
                    + "); build the module blender-scripts.");
        }
        try {
            URI uri = entry.toURI();
            if ("jar".equals(uri.getScheme())) {
                try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                    return new SessionScripts(read(jar.getPath(ROOT)));
                }
            }
            Path main = Path.of(uri);
            return new SessionScripts(read(main.resolveSibling("..").normalize()));
        } catch (URISyntaxException e) {
            throw new IOException("Kiln's program for Blender lies at a place that cannot be read: " + entry, e);
        }
    }

    /** A program of these files, for tests of what carries it. */
    static SessionScripts of(Map<String, byte[]> files) {
        return new SessionScripts(new TreeMap<>(files));
    }

    private static SortedMap<String, byte[]> read(Path root) throws IOException {
        SortedMap<String, byte[]> found = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(root.resolve(PACKAGE))) {
            walk.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".pyc"))
                    .forEach(file -> {
                        try {
                            found.put(root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return found;
    }

    /** Sixteen hexadecimal digits that change whenever a file of the program changes. */
    public String version() {
        return version;
    }

    /** The program as a zip archive with the folder {@code kiln_session}; the same bytes for the same version. */
    public byte[] archive() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0));
                zip.putNextEntry(entry);
                zip.write(file.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Makes the program available as files and returns their folder, {@code HOME/run/scripts/VERSION}. What is there
     * already is used when it is whole, and replaced when it is not.
     */
    public Path unpack(Path home) throws IOException {
        Path parent = Files.createDirectories(home.resolve("run").resolve("scripts"));
        Path folder = parent.resolve(version);
        if (!Files.isDirectory(folder) || !whole(folder)) {
            Path fresh = Files.createTempDirectory(parent, version + ".");
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path target = fresh.resolve(file.getKey());
                Files.createDirectories(target.getParent());
                Files.write(target, file.getValue());
            }
            FolderRights.readableByAll(fresh);
            Path stale = parent.resolve(fresh.getFileName() + ".stale");
            if (Files.exists(folder)) {
                Files.move(folder, stale, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
            delete(stale);
        }
        return folder;
    }

    /** The path of the program's entry, below the folder that {@link #unpack} gives. */
    public static String entry() {
        return ENTRY;
    }

    private boolean whole(Path folder) {
        try {
            return version.equals(new SessionScripts(read(folder)).version());
        } catch (IOException e) {
            return false;
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}

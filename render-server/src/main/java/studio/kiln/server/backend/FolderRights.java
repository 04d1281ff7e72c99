package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** Rights of the folders that Blender sees, where the file system knows rights. */
public final class FolderRights {
    private FolderRights() {}

    /** Lets everybody read what is in the folder, whatever mask this process has. */
    public static void readableByAll(Path folder) throws IOException {
        if (!posix(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.toList()) {
                Files.setPosixFilePermissions(
                        path, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }

    /** Makes the folder that user's; only root can. */
    static void give(Path folder, int user) throws IOException {
        Files.setAttribute(folder, "unix:uid", user);
        Files.setAttribute(folder, "unix:gid", user);
    }

    public static void set(Path path, String rights) throws IOException {
        if (posix(path)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
        }
    }

    private static boolean posix(Path path) {
        return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    }
}

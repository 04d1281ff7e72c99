package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shaders that Mesa has compiled for Blender, which takes it half a minute for EEVEE's own where there is no GPU. A
 * session begins with a copy of those that the engine's self-test compiled: it had opened nobody's file. What a session
 * adds stays its own, since a compiled shader is a program that runs in whoever reads it.
 *
 * <p>The folder is Mesa's own, named to it by {@code MESA_SHADER_CACHE_DIR} (docs.mesa3d.org, environment variables).
 */
public final class ShaderCache {
    /** Of Mesa. */
    static final String VARIABLE = "MESA_SHADER_CACHE_DIR";

    /** Below the session's folder for temporary files. */
    static final String FOLDER = "shaders";

    private static final Logger LOG = LoggerFactory.getLogger(ShaderCache.class);
    private static final long MOST_BYTES = 64L << 20;

    private ShaderCache() {}

    /** Gives a session that begins a copy; without one it compiles for itself. */
    static void begin(Path from, Path tmp, boolean givenToNobody) {
        Path own = tmp.resolve(FOLDER);
        try {
            copy(from, own);
            if (givenToNobody) {
                giveAll(own);
            }
        } catch (IOException e) {
            LOG.info("A session begins without compiled shaders: {}", e.getMessage());
            Folders.deleteQuietly(own);
        }
    }

    /**
     * Keeps what a session has compiled that has opened nobody's file; replaces what was there.
     *
     * @param session its folder
     */
    public static void keep(Path session, Path to) {
        Path compiled = session.resolve("tmp").resolve(FOLDER);
        if (!Files.isDirectory(compiled)) {
            return;
        }
        Path fresh = to.resolveSibling(to.getFileName() + "." + session.getFileName());
        try {
            copy(compiled, fresh);
            Folders.delete(to);
            Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | AtomicMoveNotSupportedException e) {
            LOG.debug("Another node kept its shaders first", e);
        } catch (IOException e) {
            LOG.info("The compiled shaders are not kept: {}", e.getMessage());
        } finally {
            Folders.deleteQuietly(fresh);
        }
    }

    // Plain files only, and never more than a self-test can have made.
    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            private long left = MOST_BYTES;

            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                left -= attributes.size();
                if (left < 0) {
                    throw new IOException(from + " holds more than " + MOST_BYTES + " bytes.");
                }
                if (attributes.isRegularFile()) {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void giveAll(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) throws IOException {
                FolderRights.give(visited, Sandbox.NOBODY);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                FolderRights.give(file, Sandbox.NOBODY);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

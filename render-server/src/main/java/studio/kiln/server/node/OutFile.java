package studio.kiln.server.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.security.MessageDigest;
import java.util.Set;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.asset.Sha256;

/**
 * Takes a file out of the folder that Blender writes in. What lies there was made by a program that somebody else wrote:
 * no link is followed at any step, and what is checked is a copy that Blender cannot reach.
 */
final class OutFile {
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private OutFile() {}

    /** @param bytes of the copy */
    record Copied(Sha256 sha256, long bytes) {}

    /**
     * Copies {@code out/folder/...} to {@code to}.
     *
     * @param relative path below {@code out}, which must lie in {@code folder}
     * @throws BadPicture when there is no such plain file in the folder
     */
    static Copied copy(Path out, String folder, String relative, Path to) throws IOException {
        Path path = Path.of(relative).normalize();
        if (path.isAbsolute() || !path.startsWith(folder) || path.getNameCount() < 2) {
            throw new BadPicture(
                    "Blender named the file '" + relative + "', which is not in the folder of this attempt.");
        }
        try (DirectoryStream<Path> top = Files.newDirectoryStream(out)) {
            if (top instanceof SecureDirectoryStream<Path> secure) {
                return copyBelow(secure, path, 0, to);
            }
        } catch (FileSystemException e) {
            // Also what NOFOLLOW finds: a link where a folder or a file should be.
            throw Disk.isFull(e) ? e : missing(relative);
        }
        Path file = out.resolve(path);
        if (!file.toRealPath().startsWith(out.toRealPath().resolve(folder))
                || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw missing(relative);
        }
        try (SeekableByteChannel in = Files.newByteChannel(file, READ)) {
            return copy(in, to);
        }
    }

    private static BadPicture missing(String relative) {
        return new BadPicture("Blender named the file '" + relative + "', but there is no such file.");
    }

    private static Copied copyBelow(SecureDirectoryStream<Path> folder, Path path, int step, Path to)
            throws IOException {
        Path name = path.getName(step);
        if (step < path.getNameCount() - 1) {
            try (SecureDirectoryStream<Path> next = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                return copyBelow(next, path, step + 1, to);
            }
        }
        BasicFileAttributeView view =
                folder.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (!view.readAttributes().isRegularFile()) {
            throw missing(path.toString());
        }
        try (SeekableByteChannel in = folder.newByteChannel(name, READ)) {
            Copied copied = copy(in, to);
            folder.deleteFile(name);
            return copied;
        }
    }

    private static Copied copy(SeekableByteChannel in, Path to) throws IOException {
        MessageDigest digest = Sha256.digest();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
        long bytes = 0;
        try (FileChannel copy = FileChannel.open(
                to, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (in.read(buffer) >= 0) {
                buffer.flip();
                digest.update(buffer.duplicate());
                bytes += buffer.remaining();
                while (buffer.hasRemaining()) {
                    copy.write(buffer);
                }
                buffer.clear();
            }
        }
        return new Copied(Sha256.of(digest), bytes);
    }
}

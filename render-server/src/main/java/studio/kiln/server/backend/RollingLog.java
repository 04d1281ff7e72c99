package studio.kiln.server.backend;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps what Blender prints: a file that never grows beyond its cap (the one before it is kept beside it, ending in
 * {@code .1}), and the last lines in memory. A disk that is full stops the file, not the reader. Safe for any thread.
 */
final class RollingLog implements AutoCloseable {
    private static final int LAST = 40;
    private static final int LONGEST_LAST = 500;

    private final Path file;
    private final long cap;
    private final Deque<String> last = new ArrayDeque<>();
    private OutputStream out;
    private long written;

    RollingLog(Path file, long cap) throws IOException {
        this.file = file;
        this.cap = cap;
        this.out = Files.newOutputStream(file);
    }

    Path file() {
        return file;
    }

    synchronized void write(byte[] bytes, int offset, int length) {
        try {
            if (written + length > cap) {
                out.close();
                Files.move(file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
                out = Files.newOutputStream(file);
                written = 0;
            }
            out.write(bytes, offset, length);
            written += length;
        } catch (IOException e) {
            out = OutputStream.nullOutputStream();
        }
    }

    synchronized void line(String line) {
        if (last.size() == LAST) {
            last.removeFirst();
        }
        last.addLast(line.length() > LONGEST_LAST ? line.substring(0, LONGEST_LAST) + "\u2026" : line);
    }

    synchronized String lastLines() {
        return String.join("\n", last);
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException e) {
            // Nothing more is written to it, and what is there stays.
            out = OutputStream.nullOutputStream();
        }
    }
}

package studio.kiln.server.backend;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Makes lines of the pieces in which a stream arrives. Used by one thread. */
final class LineSplitter {
    private final int longest;
    private final Consumer<String> lines;
    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();
    private boolean skipping;

    /** @param longest line in bytes; what is longer is left out whole, so that memory stays bounded */
    LineSplitter(int longest, Consumer<String> lines) {
        this.longest = longest;
        this.lines = lines;
    }

    void take(byte[] bytes, int offset, int length) {
        int start = offset;
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                add(bytes, start, i - start);
                flush();
                start = i + 1;
            }
        }
        add(bytes, start, offset + length - start);
    }

    /** The stream has ended: a line without end is one too. */
    void flush() {
        if (!skipping && rest.size() > 0) {
            lines.accept(rest.toString(StandardCharsets.UTF_8));
        }
        rest.reset();
        skipping = false;
    }

    private void add(byte[] bytes, int offset, int length) {
        if (skipping || rest.size() + length > longest) {
            skipping = true;
            return;
        }
        rest.write(bytes, offset, length);
    }
}

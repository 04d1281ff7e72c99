package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a store over a network: when the line breaks it goes on where it was, and what is skipped is not transferred.
 * For one thread.
 */
final class ResumingStream extends InputStream {
    private static final long READ_RATHER_THAN_ASK = 256 << 10;
    private static final int TRIES = 4;
    private static final long PAUSE_MS = 200;

    private final long size;
    private final From from;
    private @Nullable InputStream in;
    private long at;

    /** Opens it at once, so that whoever asks for what is not there hears of it here. */
    ResumingStream(long size, From from) throws IOException {
        this.size = size;
        this.from = from;
        this.in = from.open(0);
    }

    /** Opens the bytes from an offset on. */
    @FunctionalInterface
    interface From {
        InputStream open(long offset) throws IOException;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (at >= size) {
            return -1;
        }
        for (int i = 0; ; i++) {
            try {
                InputStream now = opened();
                int n = now.read(bytes, offset, (int) Math.min(length, size - at));
                if (n < 0) {
                    throw new StoreFailure("The store ended a file of " + size + " bytes after " + at, true, null);
                }
                at += n;
                return n;
            } catch (IOException e) {
                shut();
                if (i == TRIES - 1 || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                Retry.pause(PAUSE_MS << i);
            }
        }
    }

    @Override
    public long skip(long n) throws IOException {
        long far = Math.clamp(n, 0, size - at);
        if (far <= READ_RATHER_THAN_ASK) {
            return super.skip(far);
        }
        shut();
        at += far;
        return far;
    }

    @Override
    public void close() {
        shut();
    }

    private InputStream opened() throws IOException {
        InputStream now = in;
        if (now == null) {
            now = from.open(at);
            in = now;
        }
        return now;
    }

    private void shut() {
        InputStream now = in;
        in = null;
        if (now != null) {
            try {
                now.close();
            } catch (IOException e) {
                // what was read was read; nothing hangs on how the line ends
            }
        }
    }
}

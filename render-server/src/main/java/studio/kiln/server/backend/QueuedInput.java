package studio.kiln.server.backend;

import java.io.InputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A stream that is fed by one thread and read by another, which waits for as long as it takes. */
final class QueuedInput extends InputStream {
    private static final byte[] END = {};

    private final BlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
    private byte[] piece = {};
    private int position;
    private boolean ended;

    void add(byte[] bytes) {
        if (bytes.length > 0) {
            pieces.add(bytes);
        }
    }

    void end() {
        pieces.add(END);
    }

    @Override
    public int read() {
        return fill() ? piece[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = Math.min(length, piece.length - position);
        System.arraycopy(piece, position, into, offset, n);
        position += n;
        return n;
    }

    @Override
    public int available() {
        return piece.length - position;
    }

    private boolean fill() {
        while (!ended && position == piece.length) {
            try {
                piece = pieces.take();
                position = 0;
                ended = piece == END;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                ended = true;
                piece = END;
                position = 0;
            }
        }
        return !ended;
    }

    @Override
    public void close() {
        end();
    }
}

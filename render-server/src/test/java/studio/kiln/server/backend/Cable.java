package studio.kiln.server.backend;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A line to the Docker engine that a test can cut, as when the engine dies. */
final class Cable implements AutoCloseable {
    private final Path to;
    private final ServerSocketChannel listening;
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();

    Cable(Path from, Path to) throws IOException {
        this.to = to;
        this.listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listening.bind(UnixDomainSocketAddress.of(from));
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel near = listening.accept();
                SocketChannel far = SocketChannel.open(UnixDomainSocketAddress.of(to));
                open.add(near);
                open.add(far);
                Thread.ofVirtual().start(() -> copy(near, far));
                Thread.ofVirtual().start(() -> copy(far, near));
            }
        } catch (IOException e) {
            close();
        }
    }

    private static void copy(SocketChannel from, SocketChannel into) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try {
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    into.write(buffer);
                }
                buffer.clear();
            }
            into.shutdownOutput();
        } catch (IOException e) {
            quietly(from);
            quietly(into);
        }
    }

    private static void quietly(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        quietly(listening);
        open.forEach(Cable::quietly);
    }
}

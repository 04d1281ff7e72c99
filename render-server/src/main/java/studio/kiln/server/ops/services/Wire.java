package studio.kiln.server.ops.services;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Says a few bytes to a service and hears what it answers. */
final class Wire {
    private static final int PATIENCE_MS = 2_000;

    private Wire() {}

    /** The first bytes of the answer, as many as asked for or fewer when the other end closes. */
    static byte[] ask(Endpoint at, String words, int bytes) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(at.host(), at.port()), PATIENCE_MS);
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1));
            return socket.getInputStream().readNBytes(bytes);
        }
    }

    static String askText(Endpoint at, String words, int bytes) throws IOException {
        return new String(ask(at, words, bytes), StandardCharsets.ISO_8859_1);
    }
}

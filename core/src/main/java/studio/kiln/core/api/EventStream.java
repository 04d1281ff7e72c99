package studio.kiln.core.api;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of server-sent events (WHATWG HTML, "Server-sent events"), read by one thread. Another thread may close it,
 * which ends a read that waits.
 */
public final class EventStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private final InputStream in;
    private final BufferedReader lines;

    EventStream(InputStream in) {
        this.in = in;
        this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    /**
     * Waits for the next event. The server sends a comment at least every 15 s, which is passed over.
     *
     * @return empty when the server closed the stream; then open a new one after the last number seen
     * @throws Unreachable when the line broke
     */
    public Optional<ServerEvent> next() {
        StringBuilder data = new StringBuilder();
        try {
            for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && !data.isEmpty()) {
                    return Optional.of(ApiJson.LENIENT.readValue(data.toString(), ServerEvent.class));
                }
                if (line.startsWith("data:")) {
                    if (!data.isEmpty()) {
                        data.append('\n');
                    }
                    data.append(line, line.startsWith("data: ") ? 6 : 5, line.length());
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new Unreachable("The event stream broke: " + e.getMessage(), e);
        }
    }

    /** Ends the stream. A failure to close is of no interest: the stream is over, and the reader hears of it by itself. */
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            LOG.debug("Closing the event stream: {}", e.getMessage());
        }
    }
}

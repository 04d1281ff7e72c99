package studio.kiln.server.http;

import io.undertow.server.HttpServerExchange;
import java.util.Map;

/** What a handler answers. */
public sealed interface Reply {
    static Reply json(Object value) {
        return new Json(200, value, Map.of(), "application/json");
    }

    static Reply json(int status, Object value) {
        return new Json(status, value, Map.of(), "application/json");
    }

    static Reply nothing() {
        return new Bytes(204, "", new byte[0], Map.of());
    }

    static Reply bytes(String media, byte[] bytes, Map<String, String> headers) {
        return new Bytes(200, media, bytes, headers);
    }

    /** A record as JSON. */
    record Json(int status, Object value, Map<String, String> headers, String media) implements Reply {}

    /** @param media type of the bytes; "" when there are none */
    record Bytes(int status, String media, byte[] bytes, Map<String, String> headers) implements Reply {}

    /** The handler writes status, headers and body itself. */
    record Written(Writer writer) implements Reply {}

    @FunctionalInterface
    interface Writer {
        void write(HttpServerExchange exchange) throws Exception;
    }
}

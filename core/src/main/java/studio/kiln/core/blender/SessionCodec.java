package studio.kiln.core.blender;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Lines of the session protocol, to and from records. Immutable and safe for any thread. */
public final class SessionCodec {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();
    private static final Pattern LINE_BREAK = Pattern.compile("[\r\n]");

    private SessionCodec() {}

    /** One line without its end. */
    public static String write(SessionRequest request) {
        String line = MAPPER.writeValueAsString(request);
        if (LINE_BREAK.matcher(line).find()) {
            throw new IllegalStateException("JSON on one line holds no line break");
        }
        return line;
    }

    /** @throws IllegalArgumentException when the line is no event of the protocol */
    public static SessionEvent read(String line) {
        try {
            return MAPPER.readValue(line, SessionEvent.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("Not an event of the session protocol: " + line, e);
        }
    }

    /** The result of a {@code done} event as a record. */
    public static <T> T result(JsonNode result, Class<T> type) {
        return MAPPER.treeToValue(result, type);
    }

    /** The form in which a record of the protocol is stored. */
    public static String store(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** Reads back what {@link #store} wrote. */
    public static <T> T load(String json, Class<T> type) {
        return MAPPER.readValue(json, type);
    }
}

package studio.kiln.server.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/** How commands write JSON: every member there, null where there is no value. */
public final class Json {
    private static final JsonMapper LINE = JsonMapper.builder()
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
            .changeDefaultPropertyInclusion(v -> v.withValueInclusion(JsonInclude.Include.ALWAYS))
            .build();
    private static final JsonMapper PRETTY =
            LINE.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /** On one line. */
    public static String line(Object value) {
        return LINE.writeValueAsString(value);
    }

    /** For a person's eyes as well. */
    public static String pretty(Object value) {
        return PRETTY.writeValueAsString(value);
    }
}

package studio.kiln.core.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/** How the records of the API are written as JSON: camel case, times as ISO 8601 in UTC, nulls left out. */
public final class ApiJson {
    /** For clients: members that a newer server added are passed over. */
    public static final JsonMapper LENIENT =
            builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    /** For servers: a member that nobody knows is a mistake that the caller should hear of. */
    public static final JsonMapper STRICT =
            builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private ApiJson() {}

    private static JsonMapper.Builder builder() {
        return JsonMapper.builder()
                // Half a sample is a mistake, not one sample less.
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
                .changeDefaultPropertyInclusion(v -> v.withValueInclusion(JsonInclude.Include.NON_NULL));
    }
}

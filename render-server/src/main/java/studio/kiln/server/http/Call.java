package studio.kiln.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Methods;
import java.io.InputStream;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.Problem;

/** One request as a handler sees it. Used by one thread at a time. */
public final class Call {
    private static final int MOST_ITEMS = 500;
    private static final int ITEMS = 50;

    private final HttpServerExchange exchange;
    private final Map<String, String> parameters;
    private final Caller caller;
    private final byte[] body;

    Call(HttpServerExchange exchange, Map<String, String> parameters, Caller caller, byte[] body) {
        this.exchange = exchange;
        this.parameters = parameters;
        this.caller = caller;
        this.body = body;
    }

    public Caller caller() {
        return caller;
    }

    /** The value of a parameter of the route's path. */
    public String path(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("The route has no parameter " + name);
        }
        return value;
    }

    /** The first value of a query parameter; empty when it is absent or has no text. */
    public Optional<String> query(String name) {
        Deque<String> values = exchange.getQueryParameters().get(name);
        return values == null || values.isEmpty()
                ? Optional.empty()
                : Optional.of(values.getFirst()).filter(v -> !v.isEmpty());
    }

    /** @throws ApiException 422 when it is not a whole number within the bounds */
    public int number(String name, int absent, int least, int most) {
        Optional<String> text = query(name);
        if (text.isEmpty()) {
            return absent;
        }
        try {
            int value = Integer.parseInt(text.get());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw notANumber(name, text.get(), least, most);
        }
        throw notANumber(name, text.get(), least, most);
    }

    /** How many items belong on a page. */
    int limit() {
        return number("limit", ITEMS, 1, MOST_ITEMS);
    }

    public @Nullable String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    /** The JSON body; members that nobody knows and members that are missing are refused. */
    public <T> T body(Class<T> type) {
        if (body.length == 0) {
            throw new ApiException(Problem.of(
                    400,
                    "BODY_MISSING",
                    "The request has no body",
                    "Send a JSON object with Content-Type application/json."));
        }
        T value = ApiJson.STRICT.readValue(body, type);
        if (value == null) {
            throw new ApiException(
                    Problem.of(400, "BODY_MISSING", "The request's body is null", "Send a JSON object."));
        }
        RequiredMembers.check(value);
        TextLimits.check(value);
        return value;
    }

    /** As {@link #body}, or {@code absent} when there is none. */
    public <T> T bodyOr(Class<T> type, T absent) {
        return body.length == 0 ? absent : body(type);
    }

    /** Whether it only reads. */
    boolean isRead() {
        return exchange.getRequestMethod().equals(Methods.GET);
    }

    /** The body as a stream, for routes that take it so. */
    InputStream stream() {
        return exchange.getInputStream();
    }

    HttpServerExchange exchange() {
        return exchange;
    }

    private static ApiException notANumber(String name, String text, int least, int most) {
        return new ApiException(new Problem(
                "about:blank",
                "A parameter is wrong",
                422,
                "'" + name + "' is a whole number from " + least + " to " + most + ", not '" + text + "'.",
                "BAD_PARAMETER",
                java.util.List.of(name)));
    }
}

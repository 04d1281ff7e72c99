package studio.kiln.server.http;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Permission;
import studio.kiln.server.security.Subject;

/**
 * One entry of the table of routes: all that is needed to serve it and to describe it.
 *
 * @param path with parameters in braces, such as {@code /api/tasks/{task}}
 * @param permission what the caller needs; null stops the start
 * @param targets whose things the path names; {@link RouteTable} wants each of its parameters to be said to be one, or free
 * @param free parameters of the path that name nothing that has an owner
 * @param summary one line for the description
 * @param request type of the JSON body, or null for none
 * @param requestMedia media type of a body that is not JSON, or null
 * @param mostBody bytes that a body may have
 * @param quick asked before {@code handler}, on the thread that read the request
 */
public record Route(
        String method,
        String path,
        @Nullable Permission permission,
        List<Target> targets,
        List<String> free,
        String summary,
        @Nullable Type request,
        @Nullable String requestMedia,
        List<Parameter> parameters,
        Answer answer,
        Flow flow,
        long mostBody,
        Quick quick,
        Handler handler) {
    private static final long MOST_JSON = 1 << 20;

    /** How the request is run. */
    public enum Flow {
        /** The body is taken in whole first; then the handler runs on a virtual thread. */
        WHOLE,
        /** The handler reads or writes the stream itself, on a thread of a pool. */
        STREAMED,
        /** The handler writes for as long as the caller listens, on a virtual thread. */
        ENDLESS
    }

    /** Something with an owner that a parameter of the path names, and what is to be done to it. */
    public record Target(String parameter, Subject subject, Act act) {}

    /**
     * A query parameter or header.
     *
     * @param most characters that it may have
     */
    public record Parameter(String in, String name, String schemaType, String description, int most) {}

    /**
     * The answer when all is well.
     *
     * @param type of the JSON, or null when it is not JSON
     */
    public record Answer(
            int status, @Nullable Type type, @Nullable String media, String description) {}

    /** Does what the route is for. Exceptions become problems, see {@link Problems}. */
    @FunctionalInterface
    public interface Handler {
        Reply handle(Call call) throws Exception;
    }

    /** Answers from memory alone, where it can: it must not wait for anything. */
    @FunctionalInterface
    public interface Quick {
        Quick NEVER = call -> Optional.empty();

        /** Empty when the handler has to be asked. */
        Optional<Reply> answer(Call call);
    }

    static Builder get(String path, String summary) {
        return new Builder("GET", path, summary);
    }

    static Builder post(String path, String summary) {
        return new Builder("POST", path, summary);
    }

    static Builder delete(String path, String summary) {
        return new Builder("DELETE", path, summary);
    }

    static Builder of(String method, String path, String summary) {
        return new Builder(method, path, summary);
    }

    /** Gathers what a route says about itself. */
    static final class Builder {
        private final String method;
        private final String path;
        private final String summary;
        private final List<Parameter> parameters = new ArrayList<>();
        private final List<Target> targets = new ArrayList<>();
        private final List<String> free = new ArrayList<>();
        private @Nullable Permission permission;
        private @Nullable Type request;
        private @Nullable String requestMedia;
        private Answer answer = new Answer(204, null, null, "Done");
        private Flow flow = Flow.WHOLE;
        private long mostBody;
        private Quick quick = Quick.NEVER;

        private Builder(String method, String path, String summary) {
            this.method = method;
            this.path = path;
            this.summary = summary;
        }

        Builder needs(Permission needed) {
            this.permission = needed;
            return this;
        }

        /** The path names such a thing; who may not do that to it does not get to the handler. */
        Builder on(Subject subject, Act act) {
            targets.add(new Target(subject.name().toLowerCase(Locale.ROOT), subject, act));
            return this;
        }

        /** A parameter of the path that names nothing with an owner, or something that is only looked for among one's own. */
        Builder free(String parameter) {
            free.add(parameter);
            return this;
        }

        Builder takes(Type body) {
            return takes(body, MOST_JSON);
        }

        Builder takes(Type body, long most) {
            this.request = body;
            this.mostBody = most;
            return this;
        }

        Builder takesMedia(String media, long most) {
            this.requestMedia = media;
            this.mostBody = most;
            this.flow = Flow.STREAMED;
            return this;
        }

        Builder query(String name, String schemaType, String description) {
            parameters.add(new Parameter("query", name, schemaType, description, TextLimits.PARAMETER));
            return this;
        }

        Builder header(String name, String schemaType, String description) {
            return header(name, schemaType, description, TextLimits.PARAMETER);
        }

        /** @param most characters that it may have */
        Builder header(String name, String schemaType, String description, int most) {
            parameters.add(new Parameter("header", name, schemaType, description, most));
            return this;
        }

        Builder gives(Type json) {
            return gives(200, json, "The answer");
        }

        Builder gives(int status, Type json, String description) {
            this.answer = new Answer(status, json, "application/json", description);
            return this;
        }

        Builder givesMedia(String media, String description) {
            this.answer = new Answer(200, null, media, description);
            return this;
        }

        Builder givesNothing(int status, String description) {
            this.answer = new Answer(status, null, null, description);
            return this;
        }

        Builder streamed() {
            this.flow = Flow.STREAMED;
            return this;
        }

        Builder endless() {
            this.flow = Flow.ENDLESS;
            return this;
        }

        /** What is asked first; for what is asked very often. */
        Builder quickly(Quick first) {
            this.quick = first;
            return this;
        }

        Route by(Handler handler) {
            return new Route(
                    method,
                    path,
                    permission,
                    List.copyOf(targets),
                    List.copyOf(free),
                    summary,
                    request,
                    requestMedia,
                    List.copyOf(parameters),
                    answer,
                    flow,
                    mostBody,
                    quick,
                    handler);
        }
    }
}

package studio.kiln.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.Problem;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.library.Uploads;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.ops.RequestMeter;
import studio.kiln.server.security.Gate;
import studio.kiln.server.security.Guard;

/**
 * Takes every request: checks where it comes from, who asks, which route it means and how large it is, all before a byte
 * of its body is read; then runs the handler and writes what it answers.
 *
 * <p>Ordinary handlers run on virtual threads, with bodies taken in and answers sent without blocking. Handlers that
 * stream run on threads of a pool instead: XNIO gives each thread that ever waits for a socket a selector of its own and
 * closes it only when the thread is collected, so short-lived threads would pile up file handles.
 */
final class Dispatcher implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final HttpString OVERRIDE = new HttpString("X-HTTP-Method-Override");
    private static final Duration LONG = Duration.ofMillis(250);
    private static final Set<String> OVERRIDDEN = Set.of("PATCH", "DELETE");

    private final RouteTable table;
    private final Gate gate;
    private final Guard guard;
    private final Activity activity;
    private final Executor virtual;
    private final Executor pool;
    private final RequestMeter meter;
    private final Map<HttpServerExchange, Caller> streaming = new ConcurrentHashMap<>();

    Dispatcher(
            RouteTable table,
            Gate gate,
            Guard guard,
            Activity activity,
            Executor virtual,
            Executor pool,
            RequestMeter meter) {
        this.meter = meter;
        this.table = table;
        this.gate = gate;
        this.guard = guard;
        this.activity = activity;
        this.virtual = virtual;
        this.pool = pool;
        gate.onChange(() -> {
            if (!streaming.isEmpty()) {
                virtual.execute(this::cutFallen);
            }
        });
    }

    /** Uploads and downloads may last for hours; whoever may not come in any more is cut off in the middle. */
    private void cutFallen() {
        streaming.forEach((exchange, caller) -> {
            try {
                if (!gate.stillStands(caller)) {
                    LOG.info("A request of {} is cut off: they may not come in any more", caller.name());
                    close(exchange);
                }
            } catch (RuntimeException e) {
                LOG.warn("Whether {} may still come in could not be seen: {}", caller.name(), e.toString());
            }
        });
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        try {
            if (exchange.isInIoThread() && gate.mayBlock(head(exchange))) {
                exchange.dispatch(virtual, this);
            } else {
                admit(exchange);
            }
        } catch (ApiException e) {
            send(exchange, e.problem(), Map.of());
        } catch (RejectedExecutionException e) {
            send(exchange, busy(), Map.of("Retry-After", "5"));
        } catch (RuntimeException e) {
            send(exchange, Problems.of(e), Map.of());
        }
    }

    private void admit(HttpServerExchange exchange) {
        String method = method(exchange);
        RouteTable.Match match = table.find(method, exchange.getRelativePath());
        measure(exchange, method, match);
        gate.checkPlace(head(exchange));
        switch (match) {
            case RouteTable.NoSuchPath none -> {
                identify(exchange);
                send(exchange, Problems.noSuchPath(exchange.getRelativePath()), Map.of());
            }
            case RouteTable.NoSuchMethod wrong -> {
                identify(exchange);
                send(
                        exchange,
                        Problems.noSuchMethod(method, wrong.allowed()),
                        Map.of("Allow", String.join(", ", wrong.allowed())));
            }
            case RouteTable.Found found -> admit(exchange, found);
        }
    }

    private void measure(HttpServerExchange exchange, String method, RouteTable.Match match) {
        long began = System.nanoTime();
        String known = match instanceof RouteTable.NoSuchMethod ? "other" : method;
        String route = match instanceof RouteTable.Found found ? found.route().path() : "none";
        exchange.addExchangeCompleteListener((done, next) -> {
            meter.answered(
                    route.equals("none") ? "other" : known,
                    route,
                    done.getStatusCode(),
                    Duration.ofNanos(System.nanoTime() - began));
            next.proceed();
        });
    }

    private void admit(HttpServerExchange exchange, RouteTable.Found found) {
        Route route = found.route();
        Caller caller = route.permission() == Permission.PUBLIC ? new Caller.Nobody() : identify(exchange);
        Permission needed = Objects.requireNonNull(route.permission());
        if (!caller.may(needed)) {
            Gate.Incoming head = head(exchange);
            virtual.execute(() -> gate.refused(caller, head, name(route), "This needs the permission " + needed + "."));
            throw new ApiException(Problem.of(
                    403,
                    "NOT_ALLOWED",
                    "You may not do that",
                    caller instanceof Caller.Console
                            ? "People have accounts on this server, and the token of its data folder only sees that it runs"
                                    + " and ends it. Sign in with 'kiln login', and name the server with --server."
                            : "This needs the permission " + needed + "; ask an administrator for it."));
        }
        if (exchange.getRequestContentLength() > route.mostBody()) {
            send(exchange, Problems.tooLarge(route.mostBody()), Map.of());
            return;
        }
        refuseUnknownParameters(exchange, route);
        TextLimits.checkParameters(exchange, route.parameters());
        Problem wrongType = wrongType(exchange, route);
        if (wrongType != null) {
            send(exchange, wrongType, Map.of());
            return;
        }
        switch (route.flow()) {
            case WHOLE -> receive(exchange, found, caller);
            case STREAMED -> exchange.dispatch(pool, e -> run(e, found, caller, new byte[0]));
            case ENDLESS -> exchange.dispatch(virtual, e -> run(e, found, caller, new byte[0]));
        }
    }

    // One that is ignored would give another answer than its writer believes.
    private static void refuseUnknownParameters(HttpServerExchange exchange, Route route) {
        List<String> known = route.parameters().stream()
                .filter(parameter -> parameter.in().equals("query"))
                .map(Route.Parameter::name)
                .toList();
        for (String name : exchange.getQueryParameters().keySet()) {
            if (!known.contains(name)) {
                throw new ApiException(Problems.noSuchParameter(name, known));
            }
        }
    }

    private Caller identify(HttpServerExchange exchange) {
        try {
            return gate.identify(head(exchange));
        } catch (ApiException e) {
            exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, "Bearer realm=\"kiln\"");
            throw e;
        }
    }

    private static Gate.Incoming head(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getRequestHeaders();
        return new Gate.Incoming(
                exchange.getSourceAddress(),
                exchange.getDestinationAddress(),
                headers.getFirst(Headers.HOST),
                headers.getFirst(Headers.ORIGIN),
                headers.getFirst(Headers.AUTHORIZATION),
                headers.getFirst(Headers.X_FORWARDED_FOR),
                headers.getFirst(Headers.X_FORWARDED_HOST));
    }

    private void receive(HttpServerExchange exchange, RouteTable.Found found, Caller caller) {
        if (exchange.isRequestComplete()) {
            if (answerQuickly(exchange, found, caller)) {
                return;
            }
            exchange.dispatch(virtual, e -> run(e, found, caller, new byte[0]));
            return;
        }
        Incoming incoming = new Incoming(found.route().mostBody());
        exchange.getRequestReceiver()
                .receivePartialBytes((e, bytes, last) -> take(e, found, caller, incoming, bytes, last), (e, error) -> {
                    LOG.debug("A request broke off: {}", error.getMessage());
                    close(e);
                });
    }

    /** Answers on this thread, if that is possible from memory alone and the rights are known there too. */
    private boolean answerQuickly(HttpServerExchange exchange, RouteTable.Found found, Caller caller) {
        if (found.route().quick() == Route.Quick.NEVER) {
            return false;
        }
        Call call = new Call(exchange, found.parameters(), caller, new byte[0]);
        for (Route.Target target : found.route().targets()) {
            if (!guard.knows(caller, target.subject(), call.path(target.parameter()), target.act())) {
                return false;
            }
        }
        Optional<Reply> reply = found.route().quick().answer(call);
        if (reply.isEmpty()) {
            return false;
        }
        try (Activity.Call busy = activity.enter(found.route().permission() != Permission.PUBLIC)) {
            write(exchange, reply.get());
        } catch (Exception e) {
            failed(exchange, e);
        }
        return true;
    }

    private void take(
            HttpServerExchange exchange,
            RouteTable.Found found,
            Caller caller,
            Incoming incoming,
            byte[] bytes,
            boolean last) {
        incoming.add(bytes);
        if (incoming.isEndless()) {
            close(exchange);
        } else if (last && incoming.isTooLarge()) {
            send(exchange, Problems.tooLarge(found.route().mostBody()), Map.of());
        } else if (last) {
            exchange.dispatch(virtual, e -> run(e, found, caller, incoming.bytes()));
        }
    }

    private void run(HttpServerExchange exchange, RouteTable.Found found, Caller caller, byte[] body) {
        try (Activity.Call busy = activity.enter(found.route().permission() != Permission.PUBLIC)) {
            if (found.route().flow() != Route.Flow.WHOLE) {
                exchange.startBlocking();
                streaming.put(exchange, caller);
            }
            Call call = new Call(exchange, found.parameters(), caller, body);
            Optional<Acting> acting = gate.acting(caller, head(exchange), name(found.route()));
            Reply reply = acting.isPresent()
                    ? acting.get().<Reply, Exception>during(() -> answer(found, call))
                    : answer(found, call);
            write(exchange, reply);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer(exchange, busy());
        } catch (Exception e) {
            failed(exchange, e);
        } finally {
            streaming.remove(exchange);
        }
    }

    private Reply answer(RouteTable.Found found, Call call) throws Exception {
        checkTargets(found, call);
        long began = System.nanoTime();
        Reply reply = found.route().handler().handle(call);
        if (System.nanoTime() - began > LONG.toNanos() && call.isRead()) {
            // an answer that was long in coming goes by the rights of now
            if (!gate.stillStands(call.caller())) {
                throw new ApiException(Problem.of(
                        401,
                        "UNAUTHORIZED",
                        "The caller is not known",
                        "The session or token has ended; sign in again."));
            }
            checkTargets(found, call);
        }
        return reply;
    }

    private void checkTargets(RouteTable.Found found, Call call) {
        for (Route.Target target : found.route().targets()) {
            guard.check(call.caller(), target.subject(), call.path(target.parameter()), target.act());
        }
    }

    private static String name(Route route) {
        return route.method() + " " + route.path();
    }

    private static void failed(HttpServerExchange exchange, Exception e) {
        if (exchange.isResponseStarted()) {
            LOG.debug("An answer broke off: {}", e.toString());
            close(exchange);
        } else if (e instanceof Uploads.CutOff) {
            close(exchange);
        } else {
            answer(exchange, Problems.of(e));
        }
    }

    private static void write(HttpServerExchange exchange, Reply reply) throws Exception {
        switch (reply) {
            case Reply.Json json -> {
                byte[] bytes = ApiJson.STRICT.writeValueAsBytes(json.value());
                send(exchange, json.status(), json.media(), bytes, json.headers());
            }
            case Reply.Bytes raw -> send(exchange, raw.status(), raw.media(), raw.bytes(), raw.headers());
            case Reply.Written written -> {
                written.writer().write(exchange);
                exchange.endExchange();
            }
        }
    }

    private static void answer(HttpServerExchange exchange, Problem problem) {
        try {
            send(exchange, problem, Map.of());
        } catch (RuntimeException e) {
            LOG.debug("A problem could not be told: {}", e.toString());
            close(exchange);
        }
    }

    private static void send(HttpServerExchange exchange, Problem problem, Map<String, String> headers) {
        send(
                exchange,
                problem.status(),
                "application/problem+json",
                ApiJson.STRICT.writeValueAsBytes(problem),
                headers);
    }

    private static void send(
            HttpServerExchange exchange, int status, String media, byte[] bytes, Map<String, String> headers) {
        exchange.setStatusCode(status);
        headers.forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
        if (!media.isEmpty()) {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, media);
            exchange.getResponseHeaders().put(new HttpString("X-Content-Type-Options"), "nosniff");
        }
        if (!exchange.getResponseHeaders().contains(Headers.CACHE_CONTROL)) {
            exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        }
        if (bytes.length == 0) {
            exchange.endExchange();
        } else {
            exchange.setResponseContentLength(bytes.length);
            exchange.getResponseSender().send(ByteBuffer.wrap(bytes));
        }
    }

    private static void close(HttpServerExchange exchange) {
        try {
            exchange.getConnection().close();
        } catch (IOException e) {
            LOG.debug("Closing a connection: {}", e.getMessage());
        }
    }

    private static @Nullable Problem wrongType(HttpServerExchange exchange, Route route) {
        String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
        boolean hasBody = exchange.getRequestContentLength() > 0
                || exchange.getRequestHeaders().contains(Headers.TRANSFER_ENCODING);
        if (!hasBody) {
            return null;
        }
        if (route.request() != null && !isMedia(type, "application/json")) {
            return Problems.notJson(type);
        }
        return route.requestMedia() != null && !isMedia(type, route.requestMedia())
                ? Problems.wrongType(type, route.requestMedia())
                : null;
    }

    private static boolean isMedia(@Nullable String type, String wanted) {
        if (type == null) {
            return false;
        }
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().equalsIgnoreCase(wanted);
    }

    /** Clients that cannot send PATCH (the tus client of Java) send it as POST with a header that says so. */
    private static String method(HttpServerExchange exchange) {
        String method = exchange.getRequestMethod().toString();
        String override = exchange.getRequestHeaders().getFirst(OVERRIDE);
        return method.equals("POST") && override != null && OVERRIDDEN.contains(override) ? override : method;
    }

    private static Problem busy() {
        return Problem.of(503, "STOPPING", "The server is busy or about to end", "Try again in a few seconds.");
    }

    /**
     * A body on its way in. What is beyond the limit is read and thrown away, up to a point: a caller that is still sending
     * would not see the answer.
     */
    private static final class Incoming {
        private static final long MOST_WASTE = 1L << 30;

        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final long most;
        private long size;

        Incoming(long most) {
            this.most = most;
        }

        void add(byte[] bytes) {
            size += bytes.length;
            if (size <= most) {
                kept.writeBytes(bytes);
            }
        }

        boolean isTooLarge() {
            return size > most;
        }

        boolean isEndless() {
            return size > most + MOST_WASTE;
        }

        byte[] bytes() {
            return kept.toByteArray();
        }
    }
}

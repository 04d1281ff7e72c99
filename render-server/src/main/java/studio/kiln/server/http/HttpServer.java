package studio.kiln.server.http;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.xnio.Options;
import org.xnio.Sequence;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.ops.RequestMeter;
import studio.kiln.server.security.Gate;
import studio.kiln.server.security.Guard;

/** Serves a table of routes on a port. */
public final class HttpServer implements AutoCloseable {
    private static final int MOST_STREAMS = 128;
    private static final int MOST_CONNECTIONS = 4096;

    private final Undertow undertow;
    private final GracefulShutdownHandler graceful;
    private final ExecutorService virtual;
    private final ExecutorService pool;

    private HttpServer(
            Undertow undertow, GracefulShutdownHandler graceful, ExecutorService virtual, ExecutorService pool) {
        this.undertow = undertow;
        this.graceful = graceful;
        this.virtual = virtual;
        this.pool = pool;
    }

    /**
     * Where to listen.
     *
     * @param port 0 lets the system give one
     * @param tls null for plain HTTP
     */
    public record Listening(
            String address, int port, @Nullable SSLContext tls) {
        /** A port of the loopback, without encryption. */
        public static Listening loopback(int port) {
            return new Listening("127.0.0.1", port, null);
        }
    }

    /**
     * Begins to listen.
     *
     * @throws IOException when the port is taken, in a sentence
     */
    public static HttpServer start(Listening at, RouteTable table, Gate gate, Guard guard, Activity activity)
            throws IOException {
        return start(at, table, gate, guard, activity, (method, route, status, took) -> {});
    }

    /** As {@link #start(Listening, RouteTable, Gate, Guard, Activity)}, and counts the requests. */
    public static HttpServer start(
            Listening at, RouteTable table, Gate gate, Guard guard, Activity activity, RequestMeter meter)
            throws IOException {
        ExecutorService virtual = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-", 0).factory());
        ExecutorService pool = pool();
        HttpHandler dispatcher =
                Handlers.httpContinueRead(new Dispatcher(table, gate, guard, activity, virtual, pool, meter));
        GracefulShutdownHandler graceful = Handlers.gracefulShutdown(dispatcher);
        Undertow.Builder builder = Undertow.builder();
        Undertow undertow = (at.tls == null
                        ? builder.addHttpListener(at.port, at.address)
                        : builder.addHttpsListener(at.port, at.address, at.tls))
                .setSocketOption(Options.SSL_ENABLED_PROTOCOLS, Sequence.of("TLSv1.3", "TLSv1.2"))
                .setIoThreads(Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8))
                .setWorkerThreads(2)
                .setDirectBuffers(true)
                .setBufferSize(16 << 10)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, 64 << 10)
                .setServerOption(UndertowOptions.MAX_HEADERS, 100)
                .setServerOption(UndertowOptions.MAX_PARAMETERS, 100)
                .setServerOption(UndertowOptions.MAX_COOKIES, 20)
                // bodies are limited for each route, before they are read
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .setServerOption(UndertowOptions.ALLOW_ENCODED_SLASH, false)
                .setServerOption(UndertowOptions.URL_CHARSET, "UTF-8")
                .setServerOption(UndertowOptions.ENABLE_HTTP2, false)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) TimeUnit.SECONDS.toMillis(30))
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, (int) TimeUnit.MINUTES.toMillis(2))
                // a slow line may pause, a dead one must be noticed: nothing at all for five minutes
                .setServerOption(UndertowOptions.IDLE_TIMEOUT, (int) TimeUnit.MINUTES.toMillis(5))
                .setSocketOption(Options.TCP_NODELAY, true)
                .setSocketOption(Options.BACKLOG, 1024)
                .setSocketOption(Options.CONNECTION_HIGH_WATER, MOST_CONNECTIONS)
                .setSocketOption(Options.CONNECTION_LOW_WATER, MOST_CONNECTIONS - 100)
                .setHandler(graceful)
                .build();
        try {
            undertow.start();
        } catch (RuntimeException e) {
            virtual.shutdownNow();
            pool.shutdownNow();
            for (Throwable t = e; t != null; t = t.getCause()) {
                if (t instanceof BindException) {
                    throw new IOException(
                            "The port " + at.port + " of " + at.address
                                    + " is taken by another program; choose another with"
                                    + " --port, or end that program.",
                            e);
                }
            }
            throw e;
        }
        return new HttpServer(undertow, graceful, virtual, pool);
    }

    /** Where it listens. */
    public int port() {
        return ((InetSocketAddress) undertow.getListenerInfo().getFirst().getAddress()).getPort();
    }

    /** Takes no new requests from here on and waits for those under way, but no longer than {@code limit}. */
    public void drain(Duration limit) throws InterruptedException {
        graceful.shutdown();
        graceful.awaitShutdown(limit.toMillis());
    }

    @Override
    public void close() {
        virtual.shutdownNow();
        pool.shutdownNow();
        undertow.stop();
    }

    private static ExecutorService pool() {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(0, MOST_STREAMS, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "http-stream-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}

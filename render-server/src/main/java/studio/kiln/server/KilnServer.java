package studio.kiln.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.ServerView;
import studio.kiln.server.http.Health;
import studio.kiln.server.http.HttpServer;
import studio.kiln.server.http.Routes;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.ops.DiskSpace;
import studio.kiln.server.ops.HealthCheck;
import studio.kiln.server.ops.Logging;
import studio.kiln.server.ops.OwnerLock;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.ServerFile;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.security.Caller;
import studio.kiln.server.security.LoopbackGate;
import studio.kiln.server.security.Tokens;
import studio.kiln.server.storage.LocalBlobStore;

/**
 * A whole server in this process: the one place where its parts are put together. It owns its data folder until it is
 * closed.
 */
public final class KilnServer implements AutoCloseable {
    /** Exit code of a process that found the data folder owned by another. */
    public static final int EXIT_OWNED = 75;

    private static final Logger LOG = LoggerFactory.getLogger(KilnServer.class);
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private final ServerConfig config;
    private final OwnerLock owner;
    private final Database database;
    private final LocalBlobStore store;
    private final Activity activity = new Activity();
    private final DiskSpace disk;
    private final HttpServer http;
    private final ServerAddress address;
    private final ScheduledExecutorService timer;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean closing = new AtomicBoolean();

    private KilnServer(ServerConfig config, OwnerLock owner) throws IOException {
        this.config = config;
        this.owner = owner;
        Path home = config.home();
        this.disk = new DiskSpace(home);
        this.database = Database.embedded(home);
        this.store = new LocalBlobStore(home);
        String token = Tokens.next();
        LoopbackGate gate = new LoopbackGate(token, Caller.localUser(config.user()));
        this.http = HttpServer.start(
                config.port(),
                Routes.table(new Routes.Services(this::health, this::view, caller -> stopSoon())),
                gate,
                activity);
        ServerFile file =
                new ServerFile(http.port(), token, ProcessHandle.current().pid(), began(), version());
        file.write(home);
        this.address = file.address();
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("kiln-timer").factory());
        if (!config.idleLimit().isZero()) {
            timer.scheduleWithFixedDelay(this::endWhenIdle, 15, 15, TimeUnit.SECONDS);
        }
        LOG.info("Kiln {} serves {} on port {}", version(), home, http.port());
    }

    /**
     * Starts a server and returns when it answers.
     *
     * @throws AlreadyOwned when another process has the data folder
     * @throws studio.kiln.server.persistence.DatabaseUnavailable when the database cannot be opened
     * @throws IOException when the port is taken or the folder cannot be used, in a sentence
     */
    public static KilnServer start(ServerConfig config) throws IOException {
        Path home = config.home();
        try {
            Files.createDirectories(home.resolve("logs"));
        } catch (IOException e) {
            throw new IOException(
                    "The data folder " + home + " cannot be used (" + e.getMessage()
                            + "); check its permissions, or name another in KILN_HOME.",
                    e);
        }
        Optional<OwnerLock> owner = OwnerLock.take(home);
        if (owner.isEmpty()) {
            throw new AlreadyOwned(home, ServerFile.read(home).filter(ServerFile::isAlive));
        }
        try {
            Logging.begin(home);
            ServerFile.delete(home);
            return new KilnServer(config, owner.get());
        } catch (IOException | RuntimeException e) {
            owner.get().close();
            throw e;
        }
    }

    /** Where it answers, with its token. */
    public ServerAddress address() {
        return address;
    }

    /** Waits until the server has ended: by {@link #close}, by a request, or because nobody uses it. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Ends it in good order: requests under way are answered, work under way is given back. */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return;
        }
        LOG.info("Kiln ends");
        try {
            timer.shutdownNow();
            quietly("the requests under way", () -> http.drain(DRAIN));
            quietly("the HTTP server", http::close);
            quietly("the database", database::close);
            quietly("the store", store::close);
            quietly("run/server.json", () -> ServerFile.delete(config.home()));
            Logging.end();
            quietly("the owner's lock", owner::close);
        } finally {
            ended.countDown();
        }
    }

    private void stopSoon() {
        Thread.ofPlatform().name("kiln-stop").start(this::close);
    }

    private void endWhenIdle() {
        if (activity.idle().compareTo(config.idleLimit()) > 0) {
            LOG.info(
                    "Nobody has used this server for {} minutes",
                    config.idleLimit().toMinutes());
            stopSoon();
        }
    }

    private Health health() {
        Map<String, String> parts = new HealthCheck()
                .with("database", () -> {
                    database.read(Database::now);
                    return "up";
                })
                .with(
                        "disk",
                        () -> disk.free() > DiskSpace.LOW
                                ? "up"
                                : "Only " + (disk.free() >> 20) + " MiB are free on the disk of " + config.home()
                                        + "; make room there.")
                .ask();
        return new Health(parts.values().stream().allMatch("up"::equals) ? "up" : "down", parts);
    }

    private ServerView view(Caller caller) {
        return new ServerView(
                version(),
                "offline",
                caller.name(),
                config.slots(),
                0,
                0,
                config.home().toString(),
                disk.free(),
                disk.used());
    }

    private static Instant began() {
        return ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
    }

    private static String version() {
        return Objects.requireNonNullElse(KilnServer.class.getPackage().getImplementationVersion(), "0.1.0");
    }

    private static void quietly(String what, Closing closing) {
        try {
            closing.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("Closing {}: {}", what, e.toString());
        }
    }

    @FunctionalInterface
    private interface Closing {
        void close() throws Exception;
    }

    /** Another process has the data folder. */
    public static final class AlreadyOwned extends IOException {
        private static final long serialVersionUID = 1;

        AlreadyOwned(Path home, Optional<ServerFile> owner) {
            super("Kiln is already running for " + home
                    + owner.map(o -> " (process " + o.pid() + ", port " + o.port() + ", since " + o.startedAt() + ")")
                            .orElse(" (it is just starting or ending)")
                    + ". Use that one, end it with 'kiln stop', or name another folder in KILN_HOME.");
        }
    }
}

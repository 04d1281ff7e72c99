package studio.kiln.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.ServerView;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.audit.AuditSealer;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.Backends;
import studio.kiln.server.backend.HandScript;
import studio.kiln.server.backend.SessionScripts;
import studio.kiln.server.cache.CaffeineStatusCache;
import studio.kiln.server.cache.MeasuredStatusCache;
import studio.kiln.server.cache.RedisLink;
import studio.kiln.server.cache.RedisStatusCache;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.cache.Thumbnails;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.events.EventOutbox;
import studio.kiln.server.events.FanOut;
import studio.kiln.server.events.RedisFanOut;
import studio.kiln.server.events.Sequencer;
import studio.kiln.server.events.ViewReader;
import studio.kiln.server.http.HttpServer;
import studio.kiln.server.http.Route;
import studio.kiln.server.http.RouteTable;
import studio.kiln.server.http.Routes;
import studio.kiln.server.http.StudioAccess;
import studio.kiln.server.library.BlobReferences;
import studio.kiln.server.library.ModelLibrary;
import studio.kiln.server.library.Projects;
import studio.kiln.server.library.Uploads;
import studio.kiln.server.node.Node;
import studio.kiln.server.node.NodeSettings;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.ops.DailyBackup;
import studio.kiln.server.ops.DiskSpace;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.HealthCheck;
import studio.kiln.server.ops.LocalEngines;
import studio.kiln.server.ops.Logging;
import studio.kiln.server.ops.Metrics;
import studio.kiln.server.ops.OwnerLock;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.ServerFile;
import studio.kiln.server.ops.SharedServices;
import studio.kiln.server.ops.StartPhases;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.DatabaseSettings;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.queue.EmbeddedQueue;
import studio.kiln.server.queue.JobQueue;
import studio.kiln.server.queue.RabbitQueue;
import studio.kiln.server.scheduler.Engines;
import studio.kiln.server.scheduler.FarmCensus;
import studio.kiln.server.scheduler.Scheduler;
import studio.kiln.server.scheduler.SchedulerSettings;
import studio.kiln.server.security.AccessVersion;
import studio.kiln.server.security.AccountGate;
import studio.kiln.server.security.AccountGuard;
import studio.kiln.server.security.Accounts;
import studio.kiln.server.security.Credentials;
import studio.kiln.server.security.Gate;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.LoopbackGate;
import studio.kiln.server.security.NodeCredentials;
import studio.kiln.server.security.Passwords;
import studio.kiln.server.security.Places;
import studio.kiln.server.security.Sessions;
import studio.kiln.server.security.Shares;
import studio.kiln.server.security.Sight;
import studio.kiln.server.security.Throttle;
import studio.kiln.server.security.TlsContext;
import studio.kiln.server.security.Tokens;
import studio.kiln.server.storage.BlobGarbage;
import studio.kiln.server.storage.BlobStore;
import studio.kiln.server.storage.StoreSettings;
import studio.kiln.server.storage.StoreWatch;

/**
 * A whole server in this process: the one place where its parts are put together. It owns its data folder until it is
 * closed.
 */
public final class KilnServer implements AutoCloseable {
    /** Exit code of a process that found the data folder owned by another. */
    public static final int EXIT_OWNED = 75;

    private static final Logger LOG = LoggerFactory.getLogger(KilnServer.class);
    private static final Duration DRAIN = Duration.ofSeconds(2);
    private static final Duration GRACE = Duration.ofHours(24);
    private static final Duration LEFT_BEHIND = Duration.ofDays(1);
    private static final long MOST_THUMBNAILS = 1L << 30;

    private final ServerConfig config;
    private final HealthCheck health;
    private final Activity activity = new Activity();
    private final DiskSpace disk;
    private final Database database;
    private final Uploads uploads;
    private final BlobStore store;
    private final BlobGarbage garbage;
    private final ServerAddress address;
    private final RouteTable table;
    private final Scheduler scheduler;
    private final Policy policy = new Policy();
    private Optional<String> setupToken = Optional.empty();
    private @Nullable Credentials credentials;
    private volatile @Nullable Node node;
    private volatile List<Backend> backends = List.of();
    private final Deque<Part> parts = new ArrayDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean closing = new AtomicBoolean();

    private KilnServer(ServerConfig config, OwnerLock owner) throws IOException {
        this.config = config;
        StartPhases phases = new StartPhases(began(), Instant.now());
        Path home = config.home();
        part("the owner's lock", owner::close);
        part("the log", Logging::end);
        try {
            this.disk = new DiskSpace(home);
            DatabaseSettings truth = DatabaseSettings.of(config.environment());
            this.database = truth.open(home);
            part("the database", database::close);
            BlobStore store = StoreSettings.of(config.environment()).open(home);
            part("the store", store::close);
            phases.done("database and store");

            Duties duties = new Duties(Ids.next());
            if (truth instanceof DatabaseSettings.Embedded) {
                database.run(duties::takeAll);
            }
            part("the duties", () -> database.run(duties::release));
            SharedServices shared = SharedServices.of(config.environment());
            JobQueue queue = shared.broker() == null
                    ? new EmbeddedQueue(database, truth instanceof DatabaseSettings.Embedded)
                    : new RabbitQueue(database, shared.broker());
            this.health =
                    new HealthCheck().with("database", this::databaseHealth).with("disk", this::diskHealth);
            if (store.incoming().isEmpty()) {
                StoreWatch watch = new StoreWatch(store);
                part("the watch over the store", watch::close);
                health.helpedBy("store", () -> watch.problem().orElse("up"));
            }
            if (shared.broker() != null) {
                health.helpedBy("broker", () -> queue.problem().orElse("up"));
            }
            StatusCache cache;
            FanOut others;
            if (shared.redis() == null) {
                cache = new CaffeineStatusCache();
                others = FanOut.NOBODY;
            } else {
                RedisLink redis = new RedisLink(shared.redis());
                part("Redis", redis::close);
                Thread.ofVirtual().start(redis::checkSettings);
                health.helpedBy("redis", () -> redis.problem().orElse("up"));
                cache = new RedisStatusCache(redis);
                others = new RedisFanOut(redis);
            }
            part("the line to other servers", others::close);
            Views views = new Views();
            EventHub hub = new EventHub(database, views, others);
            part("the events", hub::close);
            Sequencer sequencer = new Sequencer(database, duties, hub);
            part("the numbering of events", sequencer::close);
            EventOutbox events = new EventOutbox(hub, sequencer);
            part("the outbox", events::close);
            part("the queue", queue::close);

            phases.done("services");
            SessionScripts scripts = SessionScripts.load();
            Metrics metrics = new Metrics(new FarmCensus(database));
            part("the metrics", metrics::close);
            Engines engines = new Engines(database, events);
            if (!config.renders()) {
                engines.expectNodesElsewhere();
            }
            this.scheduler = new Scheduler(
                    database,
                    engines,
                    queue,
                    new MeasuredStatusCache(cache, metrics::cacheAsked),
                    events,
                    store,
                    new HandScript(scripts),
                    SchedulerSettings.standard(scripts.version()).withLease(config.lease()));
            part("the scheduler", scheduler::close);
            LocalEngines localEngines = new LocalEngines(
                    database, () -> Optional.ofNullable(node), config.renders(), database.read(Database::now));
            ModelLibrary models =
                    new ModelLibrary(database, store, events, localEngines::versions, config.limits(), queue);
            views.models = models;
            views.tasks = scheduler;
            views.engines = engines;
            this.uploads = new Uploads(
                    database,
                    store,
                    store.incoming().orElseGet(() -> home.resolve("staging")).resolve("uploads"),
                    config.limits());
            this.store = store;
            this.garbage = new BlobGarbage(store, new BlobReferences(database), GRACE);
            Thumbnails thumbnails = new Thumbnails(store, home.resolve("cache").resolve("thumbnails"), MOST_THUMBNAILS);
            if (!(truth instanceof DatabaseSettings.Embedded)) {
                hub.onTasks(scheduler::changed);
                hub.onElsewhere(scheduler::heard);
            }
            hub.start();
            sequencer.start();
            queue.start();
            scheduler.measure(metrics);
            scheduler.start();

            phases.done("scheduler");
            Entrance entrance = config.entrance();
            SSLContext tls = entrance.tls() == null ? null : TlsContext.of(entrance.tls());
            String token = Tokens.next();
            Doors doors = entrance.accounts()
                    ? withAccounts(duties, token)
                    : new Doors(new LoopbackGate(token, new Caller.LocalUser(config.user())), Guard.OPEN, null);
            Routes routes = new Routes(new Routes.Services(
                    health::ask,
                    metrics::text,
                    this::view,
                    caller -> stopSoon(),
                    models,
                    uploads,
                    config.limits().fileBytes(),
                    scheduler,
                    localEngines,
                    queue,
                    scheduler.nodes(),
                    scheduler.nodeDesk(),
                    hub,
                    store,
                    thumbnails,
                    new Projects(database),
                    doors.gate,
                    doors.guard,
                    policy,
                    doors.studio));
            this.table = routes.table();
            HttpServer http = HttpServer.start(
                    new HttpServer.Listening(entrance.bind(), config.port(), tls),
                    table,
                    doors.gate,
                    doors.guard,
                    activity,
                    metrics);
            phases.done("HTTP");
            part("the HTTP server", http::close);
            part("the requests under way", () -> http.drain(DRAIN));
            part("the streams of events", routes::close);
            ServerFile file = new ServerFile(
                    http.port(),
                    token,
                    ProcessHandle.current().pid(),
                    began(),
                    KilnVersion.get(),
                    base(entrance, http.port()));
            this.address = file.address();
            if (config.renders()) {
                startNode(scripts);
            }
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("kiln-timer").factory());
            part("the timer", timer::shutdownNow);
            timer.scheduleWithFixedDelay(() -> safely("Looking for an end", this::endWhenIdle), 5, 5, TimeUnit.SECONDS);
            timer.scheduleWithFixedDelay(
                    () -> safely("Expiring uploads", this::expireUploads), 2, 60, TimeUnit.MINUTES);
            timer.scheduleWithFixedDelay(
                    () -> safely("Forgetting old sessions", this::sweepCredentials), 5, 360, TimeUnit.MINUTES);
            timer.scheduleWithFixedDelay(() -> safely("Collecting blobs", this::collect), 10, 360, TimeUnit.MINUTES);
            // written last and removed first: nobody new shall find a server that is just beginning to end
            part("run/server.json", () -> ServerFile.delete(home));
            file.write(home);
            phases.done("node");
            if (truth instanceof DatabaseSettings.Embedded) {
                DailyBackup backup = new DailyBackup(database, home.resolve("backups"));
                timer.scheduleWithFixedDelay(
                        () -> safely("Copying the database", backup::whenDue), 20, 60, TimeUnit.MINUTES);
            }
            LOG.info("Kiln {} serves {} on port {}, {}", KilnVersion.get(), home, http.port(), phases);
        } catch (IOException | RuntimeException | Error e) {
            closeParts();
            throw e;
        }
    }

    /** How one gets in. */
    private record Doors(Gate gate, Guard guard, @Nullable StudioAccess studio) {}

    private Doors withAccounts(Duties duties, String consoleToken) {
        AccessVersion version = new AccessVersion(database);
        part("the version of the rights", version::close);
        Credentials credentials = new Credentials(database, version);
        NodeCredentials nodes = new NodeCredentials(database, version);
        Passwords passwords = new Passwords();
        AuditLog audit = new AuditLog(database);
        Accounts accounts = new Accounts(database, passwords, credentials, version);
        Sessions sessions =
                new Sessions(database, accounts, credentials, passwords, new Throttle(database), audit, version);
        setupToken = sessions.setupToken(config.entrance().newAdmin());
        AuditSealer sealer = new AuditSealer(database, duties);
        part("the sealing of the audit log", sealer::close);
        version.start();
        sealer.start();
        this.credentials = credentials;
        Places places = new Places(config.entrance().hosts(), config.entrance().proxies());
        return new Doors(
                new AccountGate(places, credentials, nodes, audit, version, consoleToken),
                new AccountGuard(database, policy, audit, version),
                new StudioAccess(accounts, sessions, new Shares(database, version), nodes, audit));
    }

    /** Where programs of this machine find it; null where that is the usual place. */
    private static @Nullable String base(Entrance entrance, int port) {
        boolean everywhere =
                entrance.bind().equals("0.0.0.0") || entrance.bind().equals("::");
        if (entrance.tls() == null && (everywhere || entrance.bind().equals("127.0.0.1"))) {
            return null;
        }
        String host = everywhere
                ? "localhost"
                : entrance.bind().contains(":") ? "[" + entrance.bind() + "]" : entrance.bind();
        return (entrance.tls() == null ? "http://" : "https://") + host + ":" + port;
    }

    /** What makes the first administrator, once; for the console, never for a log. Empty when there is one already. */
    public Optional<String> setupToken() {
        return setupToken;
    }

    /** The node finds out how it can isolate Blender, which takes a while; requests are answered meanwhile. */
    private void startNode(SessionScripts scripts) {
        Thread starting = Thread.ofPlatform().daemon().name("kiln-node-start").start(() -> {
            try {
                List<Backend> found = Backends.of(config.home(), scripts, config.environment());
                backends = found;
                Node started = new Node(
                        NodeSettings.of(config.home(), config.environment()),
                        scripts.version(),
                        scheduler.localLink(),
                        found);
                node = started;
                started.start();
            } catch (IOException | RuntimeException e) {
                LOG.error("Nothing can be rendered here, as the node did not start: {}", e.getMessage(), e);
            }
        });
        part("the node", () -> {
            starting.join();
            Node started = node;
            if (started != null) {
                started.close();
            }
            backends.forEach(Backend::close);
        });
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
        Logging.begin(
                home, config.environment().getOrDefault("KILN_LOG_FORMAT", "").equals("json"));
        ServerFile.delete(home);
        return new KilnServer(config, owner.get());
    }

    /** Where it answers, with its token. */
    public ServerAddress address() {
        return address;
    }

    /** What the API of this server offers. */
    public List<Route> routes() {
        return table.routes();
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
            closeParts();
        } finally {
            ended.countDown();
        }
    }

    /** What was put together last is taken apart first. */
    private void closeParts() {
        for (Part part = parts.pollLast(); part != null; part = parts.pollLast()) {
            try {
                part.closing.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("Closing {}: {}", part.name, e.toString());
            }
        }
    }

    private void part(String name, Closing closing) {
        parts.addLast(new Part(name, closing));
    }

    private void stopSoon() {
        Thread.ofPlatform().name("kiln-stop").start(this::close);
    }

    private void endWhenIdle() {
        if (!config.idleLimit().isZero()
                && activity.idle().compareTo(config.idleLimit()) > 0
                && !uploads.areUnderWay()
                && !hasWork()) {
            LOG.info("Nobody has used this server for {}", config.idleLimit());
            stopSoon();
        }
    }

    /** Paused tasks wait for a person, who comes with a server. */
    private boolean hasWork() {
        return database.read(tx -> tx.createSelectionQuery(
                                "select count(*) from TaskRow where state not in :resting", Long.class)
                        .setParameterList(
                                "resting",
                                List.of(TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.PAUSED))
                        .getSingleResult()
                > 0);
    }

    /** Removes what nobody needs any more: expired uploads, and blobs that nothing refers to. Happens by itself too. */
    public void tidy() throws IOException {
        expireUploads();
        collect();
    }

    private void sweepCredentials() {
        Credentials known = credentials;
        if (known != null) {
            known.sweep();
        }
    }

    private void expireUploads() throws IOException {
        int removed = uploads.expire();
        if (removed > 0) {
            LOG.info("{} uploads that nothing came for were removed", removed);
        }
    }

    private void collect() throws IOException {
        int left = store.sweep(LEFT_BEHIND);
        if (left > 0) {
            LOG.info("{} files that interrupted writers left in the store were removed", left);
        }
        BlobGarbage.Collected collected = garbage.collect(false, Instant.now());
        if (collected.blobs() > 0) {
            LOG.info("{} blobs that nothing refers to were removed, {} bytes", collected.blobs(), collected.bytes());
        }
    }

    private String databaseHealth() {
        database.read(Database::now);
        return "up";
    }

    private String diskHealth() {
        return disk.free() > DiskSpace.LOW
                ? "up"
                : "Only " + (disk.free() >> 20) + " MiB are free on the disk of the data folder; make room there.";
    }

    private ServerView view(Caller caller) {
        Scheduler.Load load = scheduler.load(Sight.of(policy, caller));
        // what lies where on this machine is its user's business
        boolean trusted = caller instanceof Caller.LocalUser || caller instanceof Caller.Console;
        return new ServerView(
                KilnVersion.get(),
                config.entrance().mode(),
                caller.name(),
                config.slots(),
                load.busySlots(),
                load.openTasks(),
                trusted ? config.home().toString() : null,
                disk.free(),
                disk.used());
    }

    private static Instant began() {
        return ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
    }

    private static void safely(String what, Closing work) {
        try {
            work.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("{}: {}", what, e.toString());
        }
    }

    private record Part(String name, Closing closing) {}

    /** Reads what events are about; the parts that know are set while the server is put together. */
    private static final class Views implements ViewReader {
        private @Nullable ModelLibrary models;
        private @Nullable Scheduler tasks;
        private @Nullable Engines engines;

        @Override
        public @Nullable Object read(String type, String subjectId) {
            try {
                return switch (type) {
                    case "model" -> Objects.requireNonNull(models).model(subjectId);
                    case "task" -> Objects.requireNonNull(tasks).find(subjectId).orElse(null);
                    case "result" ->
                        Objects.requireNonNull(tasks).result(subjectId).orElse(null);
                    case "engine" ->
                        Objects.requireNonNull(engines).view(subjectId).orElse(null);
                    default -> null;
                };
            } catch (ApiException e) {
                return null;
            }
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

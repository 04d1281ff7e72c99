package studio.kiln.server.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.BlenderSession;
import studio.kiln.server.backend.EngineBuild;
import studio.kiln.server.backend.Folders;

/**
 * The live Blenders of a node. A session that has opened nobody's file may serve anybody; after that it belongs to that
 * owner. One that ran a trusted file serves that task and nothing else. Safe for any thread.
 */
final class SessionPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionPool.class);
    /** Below this part of the machine's memory, sessions that do nothing end. */
    private static final double SHORT = 0.08;

    private final NodeSettings settings;
    private final ServerLink link;
    private final Path folder;
    private final int most;
    private final List<Entry> entries = new ArrayList<>();
    private final Function<EngineBuild, @Nullable Path> shaders;
    private boolean closed;

    /** @param shaders those that sessions of an engine begin with, or null */
    SessionPool(NodeSettings settings, ServerLink link, Function<EngineBuild, @Nullable Path> shaders) {
        this.shaders = shaders;
        this.settings = settings;
        this.link = link;
        this.folder = settings.home().resolve("run").resolve("sessions");
        // Each slot and the interactive session, and one of them again in another Blender or for another owner.
        this.most = settings.slots() + 2;
    }

    /** Which Blender for whom. */
    record Wish(EngineBuild engine, String owner, @Nullable String trustedTask, Backend.Priority priority) {}

    /** A session with what the node knows of it. Used by one thread at a time, between taking and giving back. */
    static final class Entry {
        private final EngineBuild engine;
        private final Backend.Priority priority;
        private final Path folder;
        private final Inputs inputs;
        private final CompletableFuture<BlenderSession> session = new CompletableFuture<>();
        private @Nullable String owner;
        private @Nullable String trustedTask;
        private boolean busy;
        private long idleSince = System.nanoTime();
        /** What is open in it: a key that the runs make, or null. */
        private volatile @Nullable String open;
        /** When all that the last run left in the folder was taken in. */
        private volatile CompletableFuture<Void> takenIn = CompletableFuture.completedFuture(null);

        private Entry(EngineBuild engine, Backend.Priority priority, Path folder, Inputs inputs) {
            this.engine = engine;
            this.priority = priority;
            this.folder = folder;
            this.inputs = inputs;
        }

        /** The started session; only after {@link SessionPool#take} has given the entry. */
        BlenderSession session() {
            return session.join();
        }

        Inputs inputs() {
            return inputs;
        }

        Path out() {
            return folder.resolve("out");
        }

        @Nullable
        String open() {
            return open;
        }

        /** The folder is kept until the future is done. */
        void keepUntil(CompletableFuture<Void> done) {
            this.takenIn = done;
        }

        private void removeFolder() {
            takenIn.whenComplete((done, problem) -> Folders.deleteQuietly(folder));
        }

        void open(@Nullable String key) {
            this.open = key;
        }
    }

    /** Removes what sessions of an earlier run left on disk. */
    void clear() {
        Folders.deleteQuietly(folder);
    }

    /** Starts a session that has opened nobody's file, so that the next task does not wait for Blender's start. */
    void prewarm(Backend backend, EngineBuild engine, Backend.Priority priority) {
        Entry entry;
        synchronized (this) {
            boolean there =
                    entries.stream().anyMatch(known -> known.engine.equals(engine) && known.priority == priority);
            if (closed || there || entries.size() >= most) {
                return;
            }
            entry = add(engine, priority);
        }
        Thread.ofVirtual().name("kiln-prewarm").start(() -> {
            try {
                start(backend, entry);
            } catch (IOException | InterruptedException e) {
                LOG.info("Blender {} was not started ahead: {}", engine.version(), e.getMessage());
                discard(entry);
            }
        });
    }

    /**
     * A session for the wish: one that is at hand, else a new one.
     *
     * @param preferredOpen of several that fit, the one that has this open already
     * @throws IOException when Blender does not start
     */
    Entry take(Backend backend, Wish wish, String preferredOpen) throws IOException, InterruptedException {
        Entry entry = null;
        boolean fresh = false;
        List<Entry> crowded = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                throw new IOException("This node is being shut down.");
            }
            Optional<Entry> found = entries.stream()
                    .filter(known -> !known.busy && fits(known, wish))
                    .min(Comparator.comparing((Entry known) -> !preferredOpen.equals(known.open))
                            .thenComparing(known -> known.owner == null));
            if (found.isPresent()) {
                entry = found.get();
            } else {
                while (entries.size() >= most) {
                    Optional<Entry> oldest = entries.stream()
                            .filter(known -> !known.busy)
                            .min(Comparator.comparingLong(known -> known.idleSince));
                    if (oldest.isEmpty()) {
                        break;
                    }
                    entries.remove(oldest.get());
                    crowded.add(oldest.get());
                }
                entry = add(wish.engine(), wish.priority());
                fresh = true;
            }
            entry.busy = true;
            entry.owner = wish.owner();
            entry.trustedTask = wish.trustedTask();
        }
        crowded.forEach(this::end);
        try {
            if (fresh) {
                start(backend, entry);
            } else {
                started(entry);
            }
            return entry;
        } catch (IOException | InterruptedException | RuntimeException e) {
            discard(entry);
            throw e;
        }
    }

    private static boolean fits(Entry known, Wish wish) {
        if (!known.engine.equals(wish.engine()) || known.priority != wish.priority()) {
            return false;
        }
        if (known.session.isDone()
                && (known.session.isCompletedExceptionally()
                        || !known.session.join().isAlive())) {
            return false;
        }
        if (known.owner == null) {
            return true;
        }
        return known.owner.equals(wish.owner()) && java.util.Objects.equals(known.trustedTask, wish.trustedTask());
    }

    private Entry add(EngineBuild engine, Backend.Priority priority) {
        String id = UUID.randomUUID().toString();
        Path own = folder.resolve(id);
        Entry entry = new Entry(engine, priority, own, new Inputs(own, settings.inputBytes(), link));
        entries.add(entry);
        return entry;
    }

    private void start(Backend backend, Entry entry) throws IOException, InterruptedException {
        try {
            Backend.SessionSpec spec = new Backend.SessionSpec(
                    entry.folder.getFileName().toString(),
                    entry.folder,
                    settings.threads(),
                    settings.memoryBytes(),
                    entry.priority,
                    shaders.apply(entry.engine));
            BlenderSession session = backend.start(entry.engine, spec);
            try {
                SessionEvent.Ready ready = session.awaitReady(settings.ready());
                if (!BlenderVersion.parse(ready.version()).equals(entry.engine.version())) {
                    throw new IOException(entry.engine.place() + " is Blender " + ready.version() + ", not "
                            + entry.engine.version() + " as it was before; Kiln looks at it again.");
                }
            } catch (IOException | InterruptedException e) {
                session.kill();
                throw e;
            }
            entry.session.complete(session);
        } catch (IOException | InterruptedException | RuntimeException e) {
            entry.session.completeExceptionally(e);
            throw e;
        }
    }

    private static void started(Entry entry) throws IOException, InterruptedException {
        try {
            entry.session.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
    }

    /** Gives a session back that can serve on. */
    void giveBack(Entry entry) {
        synchronized (this) {
            entry.busy = false;
            entry.idleSince = System.nanoTime();
            if (!closed && entry.session().isAlive()) {
                return;
            }
        }
        discard(entry);
    }

    /** Ends a session that is not to be used again; returns when it is dead. */
    void discard(Entry entry) {
        synchronized (this) {
            entries.remove(entry);
        }
        if (entry.session.isDone() && !entry.session.isCompletedExceptionally()) {
            entry.session.join().kill();
        }
        entry.removeFolder();
    }

    private void end(Entry entry) {
        entry.session.whenComplete((session, problem) -> {
            if (session != null) {
                session.close();
            }
            entry.removeFolder();
        });
    }

    /** Ends sessions that were idle for too long, that died, or whose memory is needed. Called now and then. */
    void tidy() {
        boolean shortOfMemory = memoryIsShort();
        List<Entry> over = new ArrayList<>();
        synchronized (this) {
            long now = System.nanoTime();
            for (Entry entry : List.copyOf(entries)) {
                boolean idle = !entry.busy && entry.session.isDone();
                if (idle
                        && (shortOfMemory
                                || now - entry.idleSince > settings.idle().toNanos()
                                || dead(entry))) {
                    entries.remove(entry);
                    over.add(entry);
                }
            }
        }
        over.forEach(this::end);
    }

    private static boolean dead(Entry entry) {
        return entry.session.isCompletedExceptionally() || !entry.session.join().isAlive();
    }

    private boolean memoryIsShort() {
        Path facts = Path.of("/proc/meminfo");
        if (!Files.isReadable(facts)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(facts, StandardCharsets.US_ASCII)) {
            long available = lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
            return available < SHORT * NodeSettings.memoryOfMachine();
        } catch (IOException e) {
            return false;
        }
    }

    synchronized int size() {
        return entries.size();
    }

    /** Ends all sessions, those that work too. */
    @Override
    public void close() {
        List<Entry> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(entries);
        }
        List<Thread> ending = all.stream()
                .map(entry -> Thread.ofVirtual().start(() -> {
                    try {
                        BlenderSession session = entry.session.get(
                                Duration.ofSeconds(5).toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
                        session.kill();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
                        LOG.debug("A session had not started", e);
                    }
                    discard(entry);
                }))
                .toList();
        for (Thread thread : ending) {
            try {
                thread.join(Duration.ofSeconds(12));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

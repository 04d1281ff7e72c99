package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;

/**
 * The session protocol over any {@link Wire}: requests go out through a queue with a thread of its own, so that no caller is
 * ever held up by a Blender that does not read; events and output are taken as they come and never wait for each other.
 */
final class WiredSession implements BlenderSession, Wire.Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(WiredSession.class);
    private static final int LONGEST_EVENT = 64 << 20;
    private static final int LONGEST_OUTPUT = 64 << 10;
    private static final long LOG_CAP = 2 << 20;
    private static final Duration GRACE = Duration.ofSeconds(3);
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(1);

    /** What the session program prints before it reports a picture: whatever was printed earlier has then come through. */
    private static final String MARK = "[kiln] picture";

    private static final byte[] END = {};

    private final String id;
    private final Path folder;
    private final RollingLog log;
    private final CompletableFuture<SessionEvent.Ready> ready = new CompletableFuture<>();
    private final CompletableFuture<SessionDied> ended = new CompletableFuture<>();
    private final Map<String, Pending> pending = new ConcurrentHashMap<>();
    private final BlockingQueue<byte[]> outgoing = new LinkedBlockingQueue<>();
    private final AtomicLong numbers = new AtomicLong();
    private final LineSplitter eventLines = new LineSplitter(LONGEST_EVENT, this::event);
    private final LineSplitter outputLines = new LineSplitter(LONGEST_OUTPUT, this::outputLine);
    private volatile long lastSign = System.nanoTime();
    // Pictures that were reported, counted by the thread that takes events; marks, by the one that takes output.
    private volatile int pictures;
    private volatile int marks;
    // A session does one work at a time; it is told of what is printed also when its answer came first.
    private volatile @Nullable Work newestWork;
    private volatile @Nullable Wire wire;

    private record Pending(Consumer<SessionEvent> events, CompletableFuture<SessionEvent.Final> result, boolean work) {}

    private record Work(String request, Pending waiting) {}

    WiredSession(String id, Path folder) throws IOException {
        this.id = id;
        this.folder = folder;
        this.log = new RollingLog(folder.resolve("blender.log"), LOG_CAP);
    }

    /** Begins to send; the wire may have delivered before. */
    void connect(Wire connected) {
        this.wire = connected;
        Thread.ofPlatform().daemon().name("kiln-requests-" + id).start(() -> send(connected));
    }

    private Wire wire() {
        Wire connected = wire;
        if (connected == null) {
            throw new IllegalStateException("Session " + id + " was not started");
        }
        return connected;
    }

    private void send(Wire to) {
        try {
            while (true) {
                byte[] line = outgoing.take();
                if (line == END) {
                    to.endInput();
                    return;
                }
                to.send(line);
            }
        } catch (IOException e) {
            // Blender does not listen any more: its end, which tells the callers, is seen elsewhere.
            LOG.debug("Session {} takes no more requests: {}", id, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // -- what comes ------------------------------------------------------------------------------------------------

    @Override
    public void events(byte[] bytes, int offset, int length) {
        eventLines.take(bytes, offset, length);
    }

    @Override
    public void output(byte[] bytes, int offset, int length) {
        lastSign = System.nanoTime();
        log.write(bytes, offset, length);
        outputLines.take(bytes, offset, length);
    }

    private void outputLine(String line) {
        if (line.equals(MARK)) {
            marks = marks + 1;
            return;
        }
        if (line.isBlank()) {
            return;
        }
        log.line(line);
        if (FatalPhrases.find(line).isPresent()) {
            // What is printed about a picture may be read only after the answer that ends its request.
            Work work = newestWork;
            if (work != null) {
                deliver(work.waiting(), new SessionEvent.Log(work.request(), "fatal", line));
            }
        }
    }

    private void event(String line) {
        if (line.isBlank()) {
            return;
        }
        SessionEvent event;
        try {
            event = SessionCodec.read(line);
        } catch (IllegalArgumentException e) {
            String shown = "Not an event: " + (line.length() > 200 ? line.substring(0, 200) + "\u2026" : line);
            byte[] text = (shown + "\n").getBytes(StandardCharsets.UTF_8);
            log.write(text, 0, text.length);
            return;
        }
        switch (event) {
            case SessionEvent.Ready started -> {
                lastSign = System.nanoTime();
                ready.complete(started);
            }
            case SessionEvent.Final last -> finish(last);
            case SessionEvent.OfRequest of -> {
                if (of instanceof SessionEvent.Output) {
                    pictures = pictures + 1;
                }
                pass(of.id(), of);
            }
            case SessionEvent.Log said -> {
                String request = said.id();
                if (request == null) {
                    log.line(said.level() + ": " + said.message());
                } else {
                    pass(request, said);
                }
            }
        }
    }

    private void pass(String request, SessionEvent event) {
        lastSign = System.nanoTime();
        Pending waiting = pending.get(request);
        if (waiting != null) {
            deliver(waiting, event);
        }
    }

    private void deliver(Pending waiting, SessionEvent event) {
        try {
            waiting.events().accept(event);
        } catch (RuntimeException e) {
            LOG.error("A listener of session {} failed at {}", id, event, e);
        }
    }

    // An answer to a line that could not be understood bears no id.
    @SuppressWarnings("NullAway")
    private void finish(SessionEvent.Final last) {
        Pending waiting = last.id() == null ? null : pending.remove(last.id());
        if (waiting == null) {
            if (last instanceof SessionEvent.Failed failed) {
                log.line("A request was refused: " + failed.message());
            }
            return;
        }
        if (waiting.work()) {
            lastSign = System.nanoTime();
        }
        waiting.result().complete(last);
    }

    @Override
    public void ended(int exitCode, boolean outOfMemory) {
        eventLines.flush();
        outputLines.flush();
        String printed = log.lastLines();
        // A container that crashes may end before its engine has passed on what it printed.
        SessionDied died = new SessionDied(
                exitCode, outOfMemory, printed.isBlank() ? "It printed nothing before it ended." : printed);
        ended.complete(died);
        ready.completeExceptionally(died);
        for (String request : pending.keySet()) {
            Pending waiting = pending.remove(request);
            if (waiting != null) {
                waiting.result().completeExceptionally(died);
            }
        }
        outgoing.add(END);
        log.close();
    }

    // -- what goes -------------------------------------------------------------------------------------------------

    @Override
    public String id() {
        return id;
    }

    @Override
    public SessionEvent.Ready awaitReady(Duration limit) throws IOException, InterruptedException {
        try {
            return ready.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw again(e);
        } catch (TimeoutException e) {
            String said = lastLines();
            kill();
            throw new IOException(
                    "Blender did not become ready within " + limit.toSeconds() + " s and was ended. It said last: "
                            + (said.isEmpty() ? "nothing" : said),
                    e);
        }
    }

    @Override
    public SessionEvent.Final call(SessionRequest request, Consumer<SessionEvent> events)
            throws IOException, InterruptedException {
        boolean work = !(request instanceof SessionRequest.Ping || request instanceof SessionRequest.Cancel);
        Pending waiting = new Pending(events, new CompletableFuture<>(), work);
        if (pending.putIfAbsent(request.id(), waiting) != null) {
            throw new IllegalArgumentException("There is a request " + request.id() + " in this session already");
        }
        if (work) {
            lastSign = System.nanoTime();
            newestWork = new Work(request.id(), waiting);
        }
        outgoing.add(line(request));
        SessionDied died = ended.getNow(null);
        if (died != null) {
            waiting.result().completeExceptionally(died);
        }
        try {
            SessionEvent.Final end = waiting.result().get();
            if (work) {
                settle();
            }
            return end;
        } catch (ExecutionException e) {
            throw again(e);
        } finally {
            pending.remove(request.id());
            if (work) {
                newestWork = null;
            }
        }
    }

    @Override
    public void cancel(String requestId) {
        outgoing.add(line(new SessionRequest.Cancel("cancel-" + numbers.incrementAndGet(), requestId)));
    }

    private static byte[] line(SessionRequest request) {
        return (SessionCodec.write(request) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    // A new exception, so that the trace shows who waited.
    private static IOException again(ExecutionException e) {
        if (e.getCause() instanceof SessionDied died) {
            SessionDied copy = new SessionDied(died.exitCode(), died.outOfMemory(), died.lastLines());
            copy.initCause(died);
            return copy;
        }
        return new IOException("The session failed: " + e.getCause(), e);
    }

    @Override
    public boolean isAlive() {
        return !ended.isDone() && wire().isAlive();
    }

    @Override
    public long lastSignOfLife() {
        return lastSign;
    }

    @Override
    public Optional<Duration> cpuTime() {
        return wire().cpuTime();
    }

    @Override
    public Path log() {
        return log.file();
    }

    @Override
    public String lastLines() {
        return log.lastLines();
    }

    @Override
    public List<Path> crashLogs() {
        try (Stream<Path> walk = Files.walk(folder.resolve("tmp"), 3)) {
            return walk.filter(file -> file.getFileName().toString().endsWith(".crash.txt"))
                    .filter(file -> Files.isRegularFile(file, java.nio.file.LinkOption.NOFOLLOW_LINKS))
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of();
        }
    }

    @Override
    public void settle() {
        int wanted = pictures;
        long end = System.nanoTime() + SETTLE.toNanos();
        while (marks < wanted && !ended.isDone() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    @Override
    public void kill() {
        wire().kill();
        awaitEnd(Duration.ofSeconds(10));
        wire().release();
    }

    @Override
    public void close() {
        if (!ended.isDone()) {
            outgoing.add(line(new SessionRequest.Close("close-" + numbers.incrementAndGet())));
            outgoing.add(END);
            awaitEnd(GRACE);
        }
        // Also after an orderly end: what it started must be gone too.
        kill();
    }

    private void awaitEnd(Duration limit) {
        try {
            ended.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Session {} did not end within {}", id, limit);
        }
    }
}

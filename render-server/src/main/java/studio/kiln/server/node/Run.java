package studio.kiln.server.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.BlenderSession;
import studio.kiln.server.backend.FatalPhrases;
import studio.kiln.server.backend.SessionDied;
import studio.kiln.server.ops.LogFields;

/**
 * One attempt on this node: takes a session, has it do the work, and says how it went. {@link #run} does this on the thread
 * of a slot; {@link #stop} and {@link #watch} are called from others.
 */
abstract class Run {
    private static final Logger LOG = LoggerFactory.getLogger(Run.class);
    private static final Duration CANCEL_GRACE = Duration.ofSeconds(2);
    private static final Duration SAMPLE = Duration.ofSeconds(1);
    /** Less CPU time than this between two looks, one second apart, is none: threads that wait also use some. */
    private static final Duration IDLE_CPU = Duration.ofMillis(25);

    private static final int CRASH_TEXT = 20_000;
    private static final int CRASH_LOGS = 100;

    /** Why an attempt is ended from outside. */
    enum Stop {
        /** The server does not want it any more. */
        REVOKED,
        /** This node is shut down. */
        DRAINED,
        /** What comes out cannot be trusted. */
        FAULT,
        /** Nothing moves. */
        HUNG,
        /** All pictures are there and nothing moves. */
        SAVED
    }

    private final Assignment assignment;
    private final Engines.Usable engine;
    private final SessionPool pool;
    private final Delivery delivery;
    private final Outbox outbox;
    private final NodeSettings settings;
    private final Engines engines;
    private final Runnable lookForEngines;
    private final AtomicInteger calls = new AtomicInteger();
    /** Checks what comes, in order, beside the thread that waits for Blender. */
    private final ExecutorService intake;

    private volatile @Nullable Stop stop;
    private volatile long stoppedAt;
    private volatile @Nullable BlenderSession session;
    private volatile @Nullable String callUnderWay;
    private volatile boolean opening;
    private volatile boolean killing;
    private long idleSince;
    private long lastSample;
    private @Nullable Duration lastCpu;

    /** What a run is given by its node. */
    record Tools(
            NodeSettings settings,
            SessionPool pool,
            Engines engines,
            Outbox outbox,
            ServerLink link,
            String nodeName,
            Runnable lookForEngines) {}

    Run(Assignment assignment, Engines.Usable engine, Delivery delivery, Tools tools) {
        this.assignment = assignment;
        this.engine = engine;
        this.delivery = delivery;
        this.pool = tools.pool();
        this.outbox = tools.outbox();
        this.settings = tools.settings();
        this.engines = tools.engines();
        this.lookForEngines = tools.lookForEngines();
        this.intake = Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("kiln-intake-" + assignment.attempt()).factory());
    }

    final Assignment assignment() {
        return assignment;
    }

    final Delivery delivery() {
        return delivery;
    }

    final Engines.Usable engine() {
        return engine;
    }

    final Outbox outbox() {
        return outbox;
    }

    abstract SessionPool.Wish wish();

    /** Names what {@link #work} wants to have open, or "" when it does not care. */
    abstract String openKey();

    /**
     * Does the work in the session and sends the message that ends the attempt.
     *
     * @return whether the session may serve on
     */
    abstract boolean work(SessionPool.Entry entry) throws IOException, InterruptedException;

    /** Whether everything that was asked for has come, so that a Blender that does not end has done its work. */
    abstract boolean complete();

    /** Where the work is, for a sentence such as "Blender crashed at frame 3". */
    abstract String where();

    final void run() {
        String task = assignment instanceof Assignment.Render render ? render.task() : null;
        try (LogFields fields = LogFields.of(task, null, assignment.attempt())) {
            runLogged();
        }
    }

    private void runLogged() {
        delivery.send(new Message.Started());
        SessionPool.Entry entry;
        try {
            entry = pool.take(engine.backend(), wish(), openKey());
        } catch (IOException | RuntimeException e) {
            notStarted(e);
            intake.shutdown();
            return;
        } catch (InterruptedException e) {
            end(new Message.Released("The node was shut down."));
            intake.shutdown();
            Thread.currentThread().interrupt();
            return;
        }
        engines.used(engine.build());
        CompletableFuture<Void> takenIn = new CompletableFuture<>();
        entry.keepUntil(takenIn);
        boolean serves = false;
        boolean interrupted = false;
        try {
            session = entry.session();
            serves = work(entry);
        } catch (SessionDied e) {
            died(e, entry.session());
        } catch (IOException e) {
            end(failure(e));
        } catch (InterruptedException e) {
            interrupted = true;
            end(new Message.Released("The node was shut down."));
        } catch (RuntimeException e) {
            LOG.error("Attempt {} failed in the node", assignment.attempt(), e);
            end(new Message.Failed(
                    FailureKind.TRANSIENT,
                    "SCRIPT_ERROR",
                    "The node failed at this attempt: " + e.getMessage(),
                    e.toString()));
        } finally {
            if (serves && mayServeOn()) {
                pool.giveBack(entry);
            } else {
                pool.discard(entry);
            }
            SessionPool.Entry used = entry;
            inOrder(() -> {
                try {
                    cleanUp(used);
                } finally {
                    takenIn.complete(null);
                }
            });
            intake.shutdown();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized boolean mayServeOn() {
        callUnderWay = null;
        return !killing && (stop == null || stop == Stop.REVOKED || stop == Stop.DRAINED);
    }

    /** Removes what the attempt left in the session's folder; after everything was taken in. */
    abstract void cleanUp(SessionPool.Entry entry);

    private void notStarted(Exception problem) {
        String message = problem.getMessage() == null ? problem.toString() : problem.getMessage();
        Stop why = stop;
        if (why == Stop.DRAINED || why == Stop.REVOKED) {
            end(new Message.Released("The work was stopped before Blender had started."));
            return;
        }
        // It may have been removed or replaced.
        lookForEngines.run();
        end(new Message.Failed(
                FailureKind.TRANSIENT,
                "ENGINE_UNAVAILABLE",
                "Blender " + engine.build().version() + " did not start here: " + firstLine(message),
                message));
    }

    static Message.Failed failure(IOException problem) {
        String message = problem.getMessage() == null ? problem.toString() : problem.getMessage();
        if (problem instanceof BadPicture) {
            return new Message.Failed(FailureKind.TRANSIENT, "OUTPUT_MISSING", message, null);
        }
        if (Disk.isFull(problem)) {
            return new Message.Failed(
                    FailureKind.RESOURCE,
                    "DISK_FULL",
                    "The disk of this node is full: free some space, and the task goes on by itself.",
                    message);
        }
        return new Message.Failed(
                FailureKind.TRANSIENT,
                "FILE_MISSING",
                "The model's files could not be provided: " + message + (message.endsWith(".") ? "" : "."),
                null);
    }

    static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    // -- one request -----------------------------------------------------------------------------------------------

    final String nextId() {
        return assignment.attempt() + "-" + calls.incrementAndGet();
    }

    /** Sends a request and waits for its end; whoever stops the attempt cancels it. */
    final SessionEvent.Final call(SessionPool.Entry entry, SessionRequest request, boolean opens)
            throws IOException, InterruptedException {
        synchronized (this) {
            idleSince = System.nanoTime();
            lastSample = idleSince;
            lastCpu = null;
            opening = opens;
            callUnderWay = request.id();
        }
        if (stop != null) {
            callUnderWay = null;
            return new SessionEvent.Cancelled(request.id());
        }
        try {
            return entry.session().call(request, this::event);
        } finally {
            synchronized (this) {
                callUnderWay = null;
            }
        }
    }

    private void event(SessionEvent event) {
        switch (event) {
            case SessionEvent.Warning warning ->
                warned(new RenderWarning(warning.code(), warning.message(), warning.subject()));
            case SessionEvent.Log log -> {
                if (log.level().equals("fatal")) {
                    FatalPhrases.find(log.message()).ifPresent(fault -> {
                        LOG.warn("Attempt {}: {}", assignment.attempt(), log.message());
                        end(new Message.Failed(fault.kind(), fault.code(), fault.message(), log.message()));
                        stop(Stop.FAULT);
                    });
                } else {
                    delivery.send(new Message.Logged(log.level(), log.message()));
                }
            }
            case SessionEvent.OfRequest of -> came(of);
            case SessionEvent.Ready ready -> LOG.debug("A session became ready twice");
        }
    }

    abstract void warned(RenderWarning warning);

    /** An event of the work itself, on the session's thread. */
    abstract void came(SessionEvent.OfRequest event);

    /** Does something after all that came before was taken in. */
    final void inOrder(Runnable action) {
        try {
            intake.execute(action);
        } catch (java.util.concurrent.RejectedExecutionException e) {
            LOG.debug("Attempt {} has ended", assignment.attempt());
        }
    }

    /** Sends the message that ends the attempt, at once. */
    final void end(Message.Last last) {
        delivery.send(last);
    }

    /** How a request that did not succeed ends the attempt. */
    final void unsuccessful(SessionEvent.Final end) {
        switch (end) {
            case SessionEvent.Failed failed ->
                inOrder(() -> end(new Message.Failed(failed.kind(), failed.code(), failed.message(), failed.detail())));
            case SessionEvent.Cancelled cancelled -> {
                Stop why = stop;
                Message.Last last = why == null
                        ? new Message.Failed(
                                FailureKind.TRANSIENT,
                                "SCRIPT_ERROR",
                                "Blender broke off " + where() + " by itself.",
                                null)
                        : stopped(why, "");
                if (last != null) {
                    inOrder(() -> end(last));
                }
            }
            case SessionEvent.Done done -> throw new IllegalArgumentException("That succeeded");
        }
    }

    // -- death -----------------------------------------------------------------------------------------------------

    private void died(SessionDied death, BlenderSession dead) {
        Stop why = stop;
        if (why == null && complete()) {
            why = Stop.SAVED;
        }
        Message.Last last = why == null ? failure(death, dead) : stopped(why, detail(death, dead));
        if (last != null) {
            inOrder(() -> end(last));
        }
    }

    private Message.@Nullable Last stopped(Stop why, String detail) {
        return switch (why) {
            case FAULT -> null;
            // A server that asked for the end waits to hear of it.
            case REVOKED -> new Message.Released("It was not wanted any more.");
            case SAVED -> {
                delivery.send(new Message.Logged(
                        "warning",
                        "All pictures were there, but Blender did not end its work; it was ended by force."));
                yield new Message.Finished();
            }
            case DRAINED -> new Message.Released("The node was shut down.");
            case HUNG ->
                new Message.Failed(
                        FailureKind.TRANSIENT,
                        "BLENDER_HUNG",
                        "Blender " + engine.build().version() + " hung " + where() + ": no work and no word for "
                                + settings.hang().toSeconds() + " s. It was ended and the work is tried again.",
                        detail);
        };
    }

    private Message.Failed failure(SessionDied death, BlenderSession dead) {
        String blender = "Blender " + engine.build().version();
        String detail = detail(death, dead);
        if (death.outOfMemory()) {
            return new Message.Failed(
                    FailureKind.RESOURCE,
                    "OUT_OF_MEMORY",
                    blender + " ran out of memory " + where()
                            + " and was ended by the system. Close other programs, give"
                            + " sessions more memory, or make the scene lighter.",
                    detail);
        }
        if (death.crashed() && opening) {
            return new Message.Failed(
                    FailureKind.PERMANENT,
                    "FILE_UNREADABLE",
                    blender + " crashed on this file. It may have been saved by a newer Blender, or be damaged: name"
                            + " another version, or open it and save it again.",
                    detail);
        }
        if (death.crashed()) {
            return new Message.Failed(
                    FailureKind.TRANSIENT,
                    "BLENDER_CRASHED",
                    blender + " crashed " + where() + " (exit code " + death.exitCode() + "). " + hint()
                            + "It is tried again.",
                    detail);
        }
        return new Message.Failed(
                FailureKind.TRANSIENT,
                "BLENDER_ENDED",
                blender + " ended by itself " + where() + " (exit code " + death.exitCode() + "). It is tried again.",
                detail);
    }

    /** What a crash may mean for this work, ending in a blank, or "". */
    String hint() {
        return "";
    }

    // The crash log goes with the attempt: the session's folder is removed.
    private String detail(SessionDied death, BlenderSession dead) {
        StringBuilder text = new StringBuilder(death.lastLines());
        for (Path log : dead.crashLogs()) {
            try {
                byte[] bytes;
                try (var in = Files.newInputStream(log)) {
                    bytes = in.readNBytes(CRASH_TEXT);
                }
                text.append("\n\n--- ").append(log.getFileName()).append('\n');
                text.append(new String(bytes, StandardCharsets.UTF_8));
                Path kept = settings.home().resolve("node").resolve("crashes");
                Files.createDirectories(kept);
                Files.write(kept.resolve(assignment.attempt() + ".crash.txt"), bytes);
                keepNewest(kept);
            } catch (IOException e) {
                LOG.info("The crash log {} cannot be read: {}", log, e.getMessage());
            }
        }
        return text.toString();
    }

    private static void keepNewest(Path folder) throws IOException {
        List<Path> logs;
        try (Stream<Path> all = Files.list(folder)) {
            logs = all.sorted(Comparator.comparing((Path log) -> log.toFile().lastModified())
                            .reversed())
                    .toList();
        }
        for (Path old : logs.subList(Math.min(CRASH_LOGS, logs.size()), logs.size())) {
            Files.deleteIfExists(old);
        }
    }

    // -- from outside ----------------------------------------------------------------------------------------------

    /** Ends the attempt: the request under way is cancelled, and two seconds later the session is killed. */
    final void stop(Stop why) {
        synchronized (this) {
            if (stop != null) {
                return;
            }
            stop = why;
            stoppedAt = System.nanoTime();
        }
        cancelCall();
    }

    final boolean isStopped() {
        return stop != null;
    }

    /** Whether the server wanted it to stop. */
    final boolean wasRevoked() {
        return stop == Stop.REVOKED;
    }

    private void cancelCall() {
        String call = callUnderWay;
        BlenderSession with = session;
        if (call != null && with != null) {
            with.cancel(call);
        }
    }

    /** Looks after the attempt; called a few times a second on a thread that may wait a little. */
    final void watch() {
        BlenderSession with = session;
        if (callUnderWay == null || with == null) {
            return;
        }
        long now = System.nanoTime();
        if (stop != null) {
            if (now - stoppedAt > CANCEL_GRACE.toNanos()) {
                kill(with);
            } else {
                // One that came before the request was lost.
                cancelCall();
            }
            return;
        }
        boolean saved = complete();
        Duration limit = saved ? settings.hangAfterSave() : settings.hang();
        if (idleFor(with, now).compareTo(limit) > 0) {
            stop(saved ? Stop.SAVED : Stop.HUNG);
            kill(with);
        }
    }

    // Busy is what gives a sign of life or uses CPU time; the latter is asked for only when there is no sign.
    private synchronized Duration idleFor(BlenderSession with, long now) {
        long sign = with.lastSignOfLife();
        if (sign - idleSince > 0) {
            idleSince = sign;
        }
        if (now - idleSince > SAMPLE.toNanos() && now - lastSample > SAMPLE.toNanos()) {
            lastSample = now;
            Duration cpu = with.cpuTime().orElse(null);
            Duration before = lastCpu;
            if (cpu != null && before != null && cpu.minus(before).compareTo(IDLE_CPU) > 0) {
                idleSince = now;
            }
            lastCpu = cpu;
        }
        return Duration.ofNanos(now - idleSince);
    }

    private synchronized void kill(BlenderSession with) {
        if (!killing && callUnderWay != null) {
            killing = true;
            Thread.ofVirtual().name("kiln-kill").start(with::kill);
        }
    }
}

package studio.kiln.server.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.EngineBuild;

/**
 * A machine that renders: finds and proves its Blenders, asks a server for work when a slot is free, renders it in warm
 * sessions and publishes what comes out. One interactive session stands beside the slots. Started once, closed once.
 */
public final class Node implements AutoCloseable {
    /** Problem of an engine while it is being tested. */
    public static final String TESTING = Engines.TESTING;

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Duration WATCH = Duration.ofMillis(200);
    /** Leases are renewed at a third of their time, and at least so often. */
    private static final Duration RENEW = Duration.ofSeconds(5);

    private static final Duration REDELIVERY = Duration.ofSeconds(10);
    private static final Duration TIDY = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN_BROKEN = Duration.ofSeconds(5);

    private final NodeSettings settings;
    private final ServerLink link;
    private final List<Backend> backends;
    private final String id;
    private final Engines engines;
    private final SessionPool pool;
    private final Outbox outbox;
    private final Run.Tools tools;
    private final Map<String, Run> runs = new ConcurrentHashMap<>();
    private final Map<String, Delivery> deliveries = new ConcurrentHashMap<>();
    /** Threads that have work, and must not be interrupted before it has ended. */
    private final Set<Thread> busy = ConcurrentHashMap.newKeySet();

    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch registered = new CountDownLatch(1);
    private final Object lookNow = new Object();
    private final Heard heard;
    private boolean lookWanted;
    private boolean prewarmed;
    /** What the server gave last. */
    private volatile Duration lease = RENEW.multipliedBy(3);
    /** Whether a server does not know this process any more. */
    private volatile boolean registerAgain;

    private volatile boolean draining;
    private volatile boolean closing;

    /** Who wants to know how the node gets on with its server; called on threads of the node. */
    public interface Heard {
        /** Nobody does. */
        Heard NOTHING = new Heard() {};

        /** A server has taken the node for the first time. */
        default void joined() {}

        /** A server does not take the node; it is asked again as long as the node is not closed. */
        default void refused(ServerLink.Refused why) {
            LOG.warn("The server refuses this node: {}", why.getMessage());
        }
    }

    /**
     * @param scriptVersion of the program that runs in Blender: another version proves each engine again
     * @param backends in order of preference; closed by their maker
     */
    public Node(NodeSettings settings, String scriptVersion, ServerLink link, List<Backend> backends)
            throws IOException {
        this(settings, scriptVersion, link, backends, Heard.NOTHING);
    }

    /** As above, and somebody hears how it gets on with its server. */
    public Node(NodeSettings settings, String scriptVersion, ServerLink link, List<Backend> backends, Heard heard)
            throws IOException {
        this.heard = heard;
        this.settings = settings;
        this.link = link;
        this.backends = List.copyOf(backends);
        Path own = Files.createDirectories(settings.home().resolve("node"));
        this.id = id(own.resolve("id"));
        ServerLink.NodeFacts facts = new ServerLink.NodeFacts(
                id,
                UUID.randomUUID().toString().replace("-", ""),
                NodeMachine.fingerprint(own.resolve("id")),
                settings.name(),
                KilnVersion.get(),
                settings.slots(),
                Runtime.getRuntime().availableProcessors(),
                NodeSettings.memoryOfMachine(),
                settings.tags());
        this.engines =
                new Engines(settings, scriptVersion, link, facts, () -> Set.copyOf(deliveries.keySet()), this.backends);
        this.pool = new SessionPool(settings, link, engines::shaders);
        this.outbox = new Outbox(own.resolve("outbox"));
        this.tools = new Run.Tools(settings, pool, engines, outbox, link, settings.name(), this::lookSoon);
    }

    private static String id(Path file) throws IOException {
        if (Files.exists(file)) {
            String known = Files.readString(file).strip();
            if (!known.isEmpty()) {
                return known;
            }
        }
        String fresh = UUID.randomUUID().toString().replace("-", "");
        Files.writeString(file, fresh);
        return fresh;
    }

    /** The id under which this machine is known; kept in the data folder. */
    public String id() {
        return id;
    }

    /** Begins to work and returns at once; engines are found and tested in the background. */
    public void start() {
        link.onStop(attempts -> attempts.forEach(this::stop));
        thread("kiln-engines", this::keepEngines);
        thread("kiln-leases", this::keepLeases);
        thread("kiln-watch", this::keepWatch);
        for (int i = 0; i < settings.slots(); i++) {
            thread("kiln-slot-" + i, () -> serve(new ServerLink.Claim(id, 1, false)));
        }
        thread("kiln-interactive", () -> serve(new ServerLink.Claim(id, 0, true)));
    }

    private void thread(String name, Runnable work) {
        threads.add(Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("{} ended by a defect", name, e);
            }
        }));
    }

    // -- engines ---------------------------------------------------------------------------------------------------

    private void keepEngines() {
        outbox.load().forEach(this::redeliver);
        List<Delivery> held = List.copyOf(deliveries.values());
        backends.forEach(Backend::sweepOrphans);
        pool.clear();
        engines.look();
        try {
            // Before it registers: then a server takes back what an earlier run of the node had.
            long end = System.nanoTime() + REDELIVERY.toNanos();
            for (Delivery delivery : held) {
                delivery.await(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
            registerUntilHeard();
            registered.countDown();
            heard.joined();
            while (!closing) {
                prove();
                waitForLook();
                boolean changed = engines.look();
                if (!closing && (changed || registerAgain)) {
                    registerAgain = false;
                    registerUntilHeard();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void prove() throws InterruptedException {
        // Whoever comes first finds a Blender that has started.
        prewarm();
        for (EngineBuild build : engines.untested()) {
            engines.prove(build);
            registerUntilHeard();
            prewarm();
        }
        for (EngineBuild build : engines.withoutEevee()) {
            engines.proveEevee(build);
            registerUntilHeard();
        }
    }

    private void prewarm() {
        engines.expected().filter(engine -> !prewarmed).ifPresent(engine -> {
            prewarmed = true;
            pool.prewarm(engine.backend(), engine.build(), Backend.Priority.RENDER);
            pool.prewarm(engine.backend(), engine.build(), Backend.Priority.INTERACTIVE);
        });
    }

    private void registerUntilHeard() throws InterruptedException {
        long pause = 200;
        while (!closing) {
            try {
                engines.register();
                return;
            } catch (ServerLink.Refused e) {
                heard.refused(e);
            } catch (RuntimeException e) {
                if (pause == 200) {
                    LOG.warn("The server does not take this node yet: {}", e.toString());
                }
            }
            Thread.sleep(pause);
            pause = Math.min(5_000, pause * 2);
        }
    }

    private void waitForLook() throws InterruptedException {
        Duration limit = engines.hasUsable() ? LOOK_AGAIN : LOOK_AGAIN_BROKEN;
        synchronized (lookNow) {
            if (!lookWanted) {
                lookNow.wait(limit.toMillis());
            }
            lookWanted = false;
        }
    }

    private void lookSoon() {
        synchronized (lookNow) {
            lookWanted = true;
            lookNow.notifyAll();
        }
    }

    /**
     * Adds a Blender that a person names: an executable, the folder that holds it, or the name of an image. It is registered
     * when this returns and tested afterwards.
     *
     * @return the id under which the server knows it
     * @throws IOException with one sentence for a person when there is no usable Blender
     */
    public String addEngine(String place) throws IOException {
        EngineBuild build = engines.add(place);
        engines.look();
        engines.register();
        lookSoon();
        return engines.idOf(build).orElseThrow(() -> new IOException("The server did not take " + place + "."));
    }

    /**
     * Forgets an engine that was added.
     *
     * @throws IOException with one sentence for a person, for one that Kiln found by itself too
     */
    public void removeEngine(String engineId) throws IOException {
        engines.remove(engineId);
        engines.look();
        engines.register();
    }

    /** Tests an engine again, in the background; the server is told of the outcome. */
    public void testEngine(String engineId) throws IOException {
        engines.forget(engineId);
        engines.register();
        lookSoon();
    }

    // -- work ------------------------------------------------------------------------------------------------------

    private void serve(ServerLink.Claim claim) {
        long pause = 200;
        try {
            registered.await();
            while (!closing && !draining) {
                try {
                    List<Assignment> work = link.claim(claim, WAIT);
                    pause = 200;
                    for (Assignment assignment : work) {
                        run(assignment);
                    }
                } catch (RuntimeException e) {
                    if (e instanceof ServerLink.Refused refused) {
                        heard.refused(refused);
                        registerAgain = true;
                        lookSoon();
                    } else if (pause == 200) {
                        LOG.warn("The server gives no work: {}", e.toString());
                    }
                    Thread.sleep(pause + ThreadLocalRandom.current().nextLong(pause));
                    pause = Math.min(5_000, pause * 2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Assignment assignment) {
        String attempt = assignment.attempt();
        Delivery delivery = delivery(attempt);
        Optional<Engines.Usable> engine = engines.find(assignment.engine());
        if (closing || draining) {
            delivery.send(new Message.Released("The node was shut down."));
            return;
        }
        if (engine.isEmpty()) {
            delivery.send(new Message.Failed(
                    FailureKind.TRANSIENT,
                    "ENGINE_UNAVAILABLE",
                    "The Blender that this work was meant for is not on this node any more.",
                    null));
            return;
        }
        Run run = switch (assignment) {
            case Assignment.Render render -> new RenderRun(render, engine.get(), delivery, tools);
            case Assignment.Inspect inspect -> new LookRun(inspect, engine.get(), delivery, tools);
            case Assignment.Thumbnail thumbnail -> new LookRun(thumbnail, engine.get(), delivery, tools);
        };
        lease = assignment.lease();
        busy.add(Thread.currentThread());
        runs.put(attempt, run);
        if (closing) {
            run.stop(Run.Stop.DRAINED);
        }
        try {
            run.run();
        } finally {
            runs.remove(attempt);
            busy.remove(Thread.currentThread());
            if (run.wasRevoked()) {
                confirmStop(attempt);
            }
        }
    }

    // A task counts as cancelled only when its nodes have said that nothing of it runs any more, and a delivery whose
    // message was refused says nothing any more.
    private void confirmStop(String attempt) {
        try {
            link.released(attempt, "Stopped");
        } catch (ServerLink.NotCurrent e) {
            LOG.debug("Attempt {} had been taken back", attempt);
        } catch (RuntimeException e) {
            LOG.debug(
                    "The server did not hear that attempt {} has stopped; its lease will end: {}",
                    attempt,
                    e.toString());
        }
    }

    private Delivery delivery(String attempt) {
        Delivery delivery = new Delivery(attempt, link, outbox, settings.outage(), () -> {
            Run run = runs.get(attempt);
            if (run != null) {
                run.stop(Run.Stop.REVOKED);
            }
        });
        deliveries.put(attempt, delivery);
        delivery.end().whenComplete((end, problem) -> deliveries.remove(attempt, delivery));
        delivery.start();
        return delivery;
    }

    // Of an attempt that an earlier run of this node did not bring to its end, the rest is given back.
    private void redeliver(String attempt, List<Message> messages) {
        LOG.info("Delivering {} messages about attempt {} that were held", messages.size(), attempt);
        Delivery delivery = delivery(attempt);
        messages.forEach(delivery::send);
        delivery.send(new Message.Released("The node was restarted."));
    }

    private void keepLeases() {
        try {
            while (true) {
                // Also without work: a node that says nothing counts as lost.
                Thread.sleep(Math.clamp(lease.toMillis() / 3, 20, RENEW.toMillis()));
                renew();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void renew() {
        if (registered.getCount() > 0) {
            // before that no server knows this process
            return;
        }
        Set<String> held = Set.copyOf(deliveries.keySet());
        try {
            Set<String> current = link.renew(id, held);
            held.stream().filter(attempt -> !current.contains(attempt)).forEach(this::stop);
        } catch (RuntimeException e) {
            // While no server answers, the node renders on.
            LOG.debug("The leases were not renewed: {}", e.toString());
        }
    }

    private void stop(String attempt) {
        Run run = runs.get(attempt);
        Delivery delivery = deliveries.get(attempt);
        if (delivery == null || delivery.isEnding()) {
            // Its last message is on its way: it is not current any more for a good reason.
            return;
        }
        if (run == null) {
            delivery.abandon();
        } else if (!run.isStopped()) {
            LOG.info("Attempt {} is not wanted any more", attempt);
            run.stop(Run.Stop.REVOKED);
        }
    }

    private void keepWatch() {
        long tidied = System.nanoTime();
        try {
            while (!closing) {
                Thread.sleep(WATCH);
                runs.values().forEach(Run::watch);
                if (System.nanoTime() - tidied > TIDY.toNanos()) {
                    tidied = System.nanoTime();
                    pool.tidy();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Attempts that are under way or not yet delivered, for the two-way check of the server. */
    public Set<String> attempts() {
        return deliveries.keySet().stream().collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Stops asking for work and waits until what is under way has come to its end and is delivered; then {@link #close} has
     * nothing to give back. Results that no server takes are left to the outbox.
     */
    public void drain() throws InterruptedException {
        draining = true;
        threads.stream().filter(thread -> isIdle(thread)).forEach(Thread::interrupt);
        while (!runs.isEmpty() && !closing) {
            Thread.sleep(WATCH);
        }
        long end = System.nanoTime() + settings.drain().toNanos();
        for (Delivery delivery : List.copyOf(deliveries.values())) {
            delivery.await(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
    }

    private boolean isIdle(Thread thread) {
        String name = thread.getName();
        return (name.startsWith("kiln-slot-") || name.equals("kiln-interactive")) && !busy.contains(thread);
    }

    /**
     * Stops asking for work, gives back what is under way, waits a few seconds for the server to take results, keeps on disk
     * what it did not take, and ends every Blender.
     */
    @Override
    public void close() {
        closing = true;
        lookSoon();
        runs.values().forEach(run -> run.stop(Run.Stop.DRAINED));
        long end = System.nanoTime() + settings.drain().toNanos();
        // Most heed the cancel; the sessions of those that do not are killed, and their runs then end and say so.
        waitForRuns(Math.min(end, System.nanoTime() + Duration.ofSeconds(1).toNanos()));
        threads.stream()
                .filter(thread -> !thread.getName().equals("kiln-leases"))
                .forEach(Thread::interrupt);
        pool.close();
        waitForRuns(end);
        deliveries
                .values()
                .forEach(delivery -> delivery.close(Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()))));
        link.leave(id, outbox.load().keySet());
        // The others were told before, and may be ending a Blender now.
        threads.stream()
                .filter(thread -> thread.getName().equals("kiln-leases"))
                .forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        pool.clear();
    }

    private void waitForRuns(long end) {
        while (!runs.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}

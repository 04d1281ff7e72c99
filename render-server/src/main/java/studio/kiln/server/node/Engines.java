package studio.kiln.server.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.BlenderSession;
import studio.kiln.server.backend.EngineBuild;
import studio.kiln.server.backend.Folders;
import studio.kiln.server.backend.SessionDied;
import studio.kiln.server.backend.ShaderCache;
import tools.jackson.core.JacksonException;

/**
 * The Blenders of a node: those that its backends find and those that a person added, each with what it proved. A proof is
 * kept by the build's fingerprint, so that only the first start tests. Safe for any thread.
 */
final class Engines {
    private static final Logger LOG = LoggerFactory.getLogger(Engines.class);
    static final String TESTING = "It is being tested.";
    private static final Duration EEVEE_PATIENCE = Duration.ofMinutes(5);
    private static final Duration LONGEST_TEST = Duration.ofMinutes(15);

    private final NodeSettings settings;
    private final String scriptVersion;
    private final ServerLink link;
    private final ServerLink.NodeFacts node;
    private final Supplier<Collection<String>> holding;
    private final Map<String, Backend> backends = new LinkedHashMap<>();
    private final Path added;
    private final Path proofs;
    private final Path lastUsed;
    private final List<Known> known = new ArrayList<>();
    private final Map<String, Known> byId = new HashMap<>();

    /** @param problem why it cannot be used, or null */
    private static final class Known {
        private final EngineBuild build;
        private @Nullable Capabilities capabilities;
        private @Nullable String problem;
        private @Nullable String id;

        private Known(EngineBuild build) {
            this.build = build;
        }
    }

    record Usable(EngineBuild build, Backend backend) {}

    record Added(List<Place> places) {
        @JsonCreator
        Added {
            places = List.copyOf(places);
        }
    }

    record Place(String backend, String place) {}

    Engines(
            NodeSettings settings,
            String scriptVersion,
            ServerLink link,
            ServerLink.NodeFacts node,
            Supplier<Collection<String>> holding,
            List<Backend> backends) {
        this.settings = settings;
        this.scriptVersion = scriptVersion;
        this.link = link;
        this.node = node;
        this.holding = holding;
        backends.forEach(backend -> this.backends.put(backend.name(), backend));
        Path own = settings.home().resolve("node");
        this.added = own.resolve("added-engines.json");
        this.proofs = settings.proofs();
        this.lastUsed = own.resolve("last-engine");
    }

    // -- what there is ---------------------------------------------------------------------------------------------

    /** Looks for engines again; true when something changed. Those without proof are marked as being tested. */
    boolean look() {
        List<EngineBuild> builds = new ArrayList<>();
        for (Backend backend : backends.values()) {
            builds.addAll(backend.discover());
        }
        Map<Place, String> unusable = new LinkedHashMap<>();
        for (Place place : places()) {
            Backend backend = backends.get(place.backend());
            if (backend == null) {
                continue;
            }
            try {
                builds.add(backend.examine(place.place()));
            } catch (IOException e) {
                unusable.put(place, e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }
        synchronized (this) {
            return merge(builds, unusable);
        }
    }

    private boolean merge(List<EngineBuild> builds, Map<Place, String> unusable) {
        boolean changed = false;
        Map<String, EngineBuild> found = new LinkedHashMap<>();
        builds.forEach(build -> found.putIfAbsent(build.fingerprint(), build));
        for (EngineBuild build : found.values()) {
            Optional<Known> same = known.stream()
                    .filter(engine -> engine.build.fingerprint().equals(build.fingerprint()))
                    .findFirst();
            if (same.isPresent()) {
                Known engine = same.get();
                if (engine.problem != null && engine.capabilities != null) {
                    engine.problem = null;
                    changed = true;
                }
                continue;
            }
            Known fresh = new Known(build);
            fresh.capabilities = proof(build).orElse(null);
            fresh.problem = fresh.capabilities == null ? TESTING : null;
            known.removeIf(engine -> engine.build.backend().equals(build.backend())
                    && engine.build.place().equals(build.place()));
            known.add(fresh);
            changed = true;
        }
        for (Known engine : known) {
            if (!found.containsKey(engine.build.fingerprint()) && engine.problem == null) {
                engine.problem = unusable.getOrDefault(
                        new Place(engine.build.backend(), engine.build.place()), "It is not there any more.");
                changed = true;
            }
        }
        known.sort(Comparator.comparing((Known engine) -> engine.build.version())
                .reversed()
                .thenComparing(engine -> !engine.build.backend().equals("docker")));
        return changed;
    }

    /** Tells the server what there is; on any failure the caller tries again. */
    void register() {
        List<ServerLink.EngineFacts> facts = new ArrayList<>();
        List<Known> order;
        synchronized (this) {
            order = List.copyOf(known);
            for (Known engine : order) {
                facts.add(new ServerLink.EngineFacts(
                        engine.build, backend(engine.build).containment(), engine.capabilities, engine.problem));
            }
        }
        List<String> ids = link.register(node, facts, holding.get());
        synchronized (this) {
            byId.clear();
            for (int i = 0; i < order.size() && i < ids.size(); i++) {
                order.get(i).id = ids.get(i);
                byId.put(ids.get(i), order.get(i));
            }
        }
    }

    private Backend backend(EngineBuild build) {
        Backend backend = backends.get(build.backend());
        if (backend == null) {
            throw new IllegalStateException("There is no backend " + build.backend());
        }
        return backend;
    }

    /** The engine that the server knows by this id. */
    synchronized Optional<Usable> find(String id) {
        Known engine = byId.get(id);
        return engine == null ? Optional.empty() : Optional.of(new Usable(engine.build, backend(engine.build)));
    }

    /** The one to keep ready for whoever comes first: that of the last task, else the newest that works. */
    synchronized Optional<Usable> expected() {
        String last = "";
        try {
            last = Files.exists(lastUsed) ? Files.readString(lastUsed) : "";
        } catch (IOException e) {
            LOG.debug("{} cannot be read", lastUsed, e);
        }
        String wanted = last;
        return known.stream()
                .filter(engine -> engine.problem == null)
                .min(Comparator.comparing(
                        (Known engine) -> !engine.build.fingerprint().equals(wanted)))
                .map(engine -> new Usable(engine.build, backend(engine.build)));
    }

    synchronized boolean hasUsable() {
        return known.stream().anyMatch(engine -> engine.problem == null);
    }

    /** Remembers which engine was of use last. */
    void used(EngineBuild build) {
        try {
            if (!Files.exists(lastUsed) || !Files.readString(lastUsed).equals(build.fingerprint())) {
                write(lastUsed, build.fingerprint());
            }
        } catch (IOException e) {
            LOG.debug("{} cannot be written", lastUsed, e);
        }
    }

    // -- what a person adds ----------------------------------------------------------------------------------------

    /** Adds the engine at that place, not yet tested. */
    EngineBuild add(String place) throws IOException {
        IOException refused = null;
        EngineBuild build = null;
        List<Backend> order = new ArrayList<>(backends.values());
        // A name that is a path is no image, and the more telling refusal comes last.
        boolean path = Files.exists(Path.of(place));
        refusePathWhereOnlyImages(place, path);
        order.sort(Comparator.comparing(backend -> backend.name().equals("process") == path ? 1 : 0));
        for (Backend backend : path ? order.reversed() : order) {
            try {
                build = backend.examine(place);
                break;
            } catch (IOException e) {
                refused = refused == null ? e : refused;
            }
        }
        if (build == null) {
            throw refused == null ? new IOException("This node has no way to run Blender.") : refused;
        }
        EngineBuild found = build;
        List<Place> places = new ArrayList<>(places());
        Place own = new Place(found.backend(), found.place());
        if (!places.contains(own)) {
            places.add(own);
            write(added, SessionCodec.store(new Added(places)));
        }
        return found;
    }

    private void refusePathWhereOnlyImages(String place, boolean there) throws IOException {
        if (backends.containsKey("process") || !(there || Path.of(place).isAbsolute() || place.startsWith("."))) {
            return;
        }
        throw new IOException(
                there
                        ? "KILN_BACKEND keeps this node to render images in containers, so '" + place
                                + "' cannot be added; start it without KILN_BACKEND, or name an image."
                        : "There is no file or folder '" + place + "'; check the path.");
    }

    /** Forgets an engine that was added. */
    void remove(String id) throws IOException {
        Known engine;
        synchronized (this) {
            engine = byId.get(id);
        }
        if (engine == null) {
            throw new IOException("There is no engine " + id + " here.");
        }
        Place own = new Place(engine.build.backend(), engine.build.place());
        List<Place> places = new ArrayList<>(places());
        if (!places.remove(own)) {
            throw new IOException("Blender " + engine.build.version() + " (" + engine.build.place()
                    + ") was found by Kiln itself, so it would come back; uninstall it, or name another for the task.");
        }
        write(added, SessionCodec.store(new Added(places)));
        synchronized (this) {
            known.remove(engine);
        }
    }

    private List<Place> places() {
        try {
            return Files.exists(added)
                    ? SessionCodec.load(Files.readString(added), Added.class).places()
                    : List.of();
        } catch (IOException | JacksonException e) {
            LOG.warn("The list of added engines ({}) cannot be read: {}", added, e.getMessage());
            return List.of();
        }
    }

    // -- what they can do ------------------------------------------------------------------------------------------

    /** Those that are to be tested: the newest first, but those that failed at an earlier start after all others. */
    synchronized List<EngineBuild> untested() {
        return known.stream()
                .filter(engine -> engine.capabilities == null && TESTING.equals(engine.problem))
                .map(engine -> engine.build)
                .sorted(Comparator.comparing(build -> Files.exists(failureFile(build))))
                .toList();
    }

    /** Those that have not been asked for EEVEE yet. */
    synchronized List<EngineBuild> withoutEevee() {
        return known.stream()
                .filter(engine -> {
                    Capabilities proved = engine.capabilities;
                    return engine.problem == null
                            && proved != null
                            && !proved.engines().containsKey(RenderEngine.EEVEE.word());
                })
                .map(engine -> engine.build)
                .toList();
    }

    /** Forgets what the engine proved, so that it is tested again. */
    synchronized void forget(String id) throws IOException {
        Known engine = byId.get(id);
        if (engine == null) {
            throw new IOException("There is no engine " + id + " here.");
        }
        Files.deleteIfExists(proofFile(engine.build));
        engine.capabilities = null;
        engine.problem = TESTING;
    }

    /** Tests the engine with what is quick and most used; afterwards it is usable, or says why it is not. */
    void prove(EngineBuild build) throws InterruptedException {
        Proof proof = test(
                build,
                List.of(RenderEngine.CYCLES.word(), RenderEngine.WORKBENCH.word()),
                Backend.Priority.RENDER,
                settings.ready());
        keep(build, proof.capabilities(), proof.problem());
    }

    /** Tests whether the engine can draw with EEVEE here, which takes a while without a GPU. */
    void proveEevee(EngineBuild build) throws InterruptedException {
        Proof proof = test(build, List.of(RenderEngine.EEVEE.word()), Backend.Priority.BACKGROUND, EEVEE_PATIENCE);
        Capabilities later = proof.capabilities();
        Known engine = known(build);
        if (engine == null) {
            return;
        }
        Capabilities before;
        synchronized (this) {
            before = engine.capabilities;
        }
        if (before == null) {
            return;
        }
        // A Blender that dies of EEVEE cannot do it, which is a proof too: it is not tried at each start.
        Capabilities sum = later != null
                ? CapabilityReader.add(before, later)
                : CapabilityReader.add(
                        before,
                        new Capabilities(
                                before.version(),
                                before.buildHash(),
                                Map.of(RenderEngine.EEVEE.word(), false),
                                List.of(),
                                Map.of(),
                                Map.of(),
                                List.of(),
                                true,
                                0.0,
                                List.of("EEVEE does not work here: " + proof.problem())));
        keep(build, sum, null);
    }

    private record Proof(
            @Nullable Capabilities capabilities, @Nullable String problem) {}

    private Proof test(EngineBuild build, List<String> engines, Backend.Priority priority, Duration ready)
            throws InterruptedException {
        String id = "test-" + UUID.randomUUID();
        Path folder = settings.home().resolve("run").resolve("sessions").resolve(id);
        long began = System.nanoTime();
        AtomicBoolean answered = new AtomicBoolean();
        try {
            BlenderSession session = backend(build)
                    .start(
                            build,
                            new Backend.SessionSpec(id, folder, settings.threads(), settings.memoryBytes(), priority));
            try {
                session.awaitReady(ready);
                // A Blender that hangs in its self-test is no engine.
                CompletableFuture.delayedExecutor(LONGEST_TEST.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(() -> {
                            if (!answered.get()) {
                                session.kill();
                            }
                        });
                SessionEvent.Final answer = session.call(new SessionRequest.SelfTest("test", engines), event -> {});
                return switch (answer) {
                    case SessionEvent.Done done ->
                        new Proof(CapabilityReader.read(done.result(), (System.nanoTime() - began) / 1e9), null);
                    case SessionEvent.Failed failed -> new Proof(null, failed.message());
                    case SessionEvent.Cancelled cancelled -> new Proof(null, "Its self-test was broken off.");
                };
            } finally {
                answered.set(true);
                session.kill();
                if (engines.contains(RenderEngine.EEVEE.word())) {
                    ShaderCache.keep(folder, shaderFolder(build));
                }
            }
        } catch (SessionDied e) {
            return new Proof(
                    null,
                    "Blender " + build.version() + " ended during its self-test (exit code " + e.exitCode() + ")"
                            + lastLine(e.lastLines()));
        } catch (IOException e) {
            return new Proof(null, e.getMessage() == null ? e.toString() : e.getMessage());
        } finally {
            Folders.deleteQuietly(folder);
        }
    }

    private static String lastLine(String lines) {
        return lines.lines()
                .reduce((first, second) -> second)
                .map(line -> ": " + line)
                .orElse(".");
    }

    private synchronized void keep(EngineBuild build, @Nullable Capabilities capabilities, @Nullable String problem) {
        Known engine = known(build);
        if (engine == null) {
            return;
        }
        engine.capabilities = capabilities;
        engine.problem = problem;
        try {
            if (capabilities != null) {
                write(proofFile(build), SessionCodec.store(capabilities));
                Files.deleteIfExists(failureFile(build));
            } else {
                LOG.warn("Blender {} ({}) cannot be used: {}", build.version(), build.place(), problem);
                write(failureFile(build), problem == null ? "" : problem);
            }
        } catch (IOException e) {
            LOG.warn("What Blender {} proved cannot be kept: {}", build.version(), e.getMessage());
        }
    }

    private synchronized @Nullable Known known(EngineBuild build) {
        return known.stream()
                .filter(engine -> engine.build.fingerprint().equals(build.fingerprint()))
                .findFirst()
                .orElse(null);
    }

    /** The id that the server gave to the build. */
    synchronized Optional<String> idOf(EngineBuild build) {
        Known engine = known(build);
        return engine == null ? Optional.empty() : Optional.ofNullable(engine.id);
    }

    private Optional<Capabilities> proof(EngineBuild build) {
        Path file = proofFile(build);
        try {
            return Files.exists(file)
                    ? Optional.of(SessionCodec.load(Files.readString(file), Capabilities.class))
                    : Optional.empty();
        } catch (IOException | JacksonException e) {
            LOG.info("{} cannot be read; the engine is tested again", file);
            return Optional.empty();
        }
    }

    // Another program in Blender or another way to keep it apart may have another outcome.
    private Path proofFile(EngineBuild build) {
        String key = build.fingerprint() + "\n" + scriptVersion + "\n"
                + backend(build).containment();
        return proofs.resolve(Sha256.of(key).hex().substring(0, 32) + ".json");
    }

    private Path shaderFolder(EngineBuild build) {
        Path proof = proofFile(build);
        return proof.resolveSibling(proof.getFileName() + ".shaders");
    }

    /** The shaders that the engine compiled in its self-test, or null. */
    @Nullable
    Path shaders(EngineBuild build) {
        Path folder = shaderFolder(build);
        return Files.isDirectory(folder) ? folder : null;
    }

    private Path failureFile(EngineBuild build) {
        Path proof = proofFile(build);
        return proof.resolveSibling(proof.getFileName() + ".failed");
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Path fresh = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".new");
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

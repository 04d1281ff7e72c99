package studio.kiln.server.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.FailureKind;

/**
 * A server in memory that gives out what a test queues, takes results by the rules of {@link ServerLink}, and can be made to
 * fail: not to answer, or not to want an attempt any more.
 */
final class FakeServer implements ServerLink {
    final Path store;
    final BlockingQueue<Assignment> slots = new LinkedBlockingQueue<>();
    final BlockingQueue<Assignment> interactive = new LinkedBlockingQueue<>();
    final Map<String, String> ends = new ConcurrentHashMap<>();
    final Map<String, Fault> faults = new ConcurrentHashMap<>();
    final Map<String, List<Publication>> published = new ConcurrentHashMap<>();
    final Map<String, Long> startedAt = new ConcurrentHashMap<>();
    final Map<String, Long> publishedAt = new ConcurrentHashMap<>();
    final List<RenderWarning> warnings = new CopyOnWriteArrayList<>();
    final List<FrameProgress> progress = new CopyOnWriteArrayList<>();
    final List<String> logs = new CopyOnWriteArrayList<>();
    final Set<String> revoked = ConcurrentHashMap.newKeySet();
    final Map<String, Inspection> inspections = new ConcurrentHashMap<>();
    final Map<String, Sha256> thumbnails = new ConcurrentHashMap<>();
    volatile List<EngineFacts> engines = List.of();
    private final List<Consumer<Set<String>>> stopListeners = new CopyOnWriteArrayList<>();
    volatile boolean down;
    private final Semaphore registered = new Semaphore(0);
    private int numbers;

    record Fault(
            FailureKind kind,
            String code,
            String message,
            @Nullable String detail) {}

    FakeServer(Path store) throws IOException {
        this.store = Files.createDirectories(store);
    }

    // -- what tests ask for ----------------------------------------------------------------------------------------

    synchronized Assignment.Render task(String owner, byte[] model, RenderSettings settings, int from, int to)
            throws IOException {
        return task(owner, Map.of("shot.blend", model), settings, from, to, 0);
    }

    synchronized Assignment.Render task(
            String owner, Map<String, byte[]> files, RenderSettings settings, int from, int to, double expected)
            throws IOException {
        int number = ++numbers;
        return new Assignment.Render(
                "attempt" + number,
                "engine0",
                Duration.ofSeconds(30),
                manifest(files),
                owner,
                "task" + number,
                number,
                null,
                null,
                false,
                settings,
                java.util.stream.IntStream.rangeClosed(from, to)
                        .mapToObj(OutputKey::frame)
                        .toList(),
                expected);
    }

    Manifest manifest(Map<String, byte[]> files) throws IOException {
        List<ManifestFile> listed = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : new TreeMap<>(files).entrySet()) {
            Sha256 digest = Sha256.of(file.getValue());
            Files.write(store.resolve(digest.hex()), file.getValue());
            listed.add(new ManifestFile(file.getKey(), digest, file.getValue().length));
        }
        String root = listed.stream()
                .map(ManifestFile::path)
                .filter(path -> studio.kiln.core.asset.ModelFormat.of(path).isPresent())
                .findFirst()
                .orElseThrow();
        return new Manifest(root, listed);
    }

    List<Integer> frames(String attempt) {
        return published.getOrDefault(attempt, List.of()).stream()
                .map(picture -> picture.output().frame())
                .collect(Collectors.toList());
    }

    boolean has(Sha256 digest) {
        return Files.exists(store.resolve(digest.hex()));
    }

    // -- the port --------------------------------------------------------------------------------------------------

    private void answer() {
        if (down) {
            throw new IllegalStateException("The server is down");
        }
    }

    private void current(String attempt) throws NotCurrent {
        answer();
        if (revoked.contains(attempt)) {
            throw new NotCurrent(attempt);
        }
    }

    @Override
    public List<String> register(NodeFacts node, List<EngineFacts> found, Collection<String> holding) {
        answer();
        engines = List.copyOf(found);
        registered.release();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            ids.add("engine" + i);
        }
        return ids;
    }

    @Override
    public List<Assignment> claim(Claim claim, Duration wait) throws InterruptedException {
        answer();
        BlockingQueue<Assignment> from = claim.interactive() ? interactive : slots;
        boolean proved = engines.stream().anyMatch(engine -> engine.capabilities() != null);
        if (!proved) {
            registered.tryAcquire(20, TimeUnit.MILLISECONDS);
            return List.of();
        }
        Assignment next = from.poll(Math.min(wait.toMillis(), 200), TimeUnit.MILLISECONDS);
        return next == null ? List.of() : List.of(next);
    }

    @Override
    public Set<String> renew(String node, Collection<String> attempts) {
        answer();
        return attempts.stream().filter(attempt -> !revoked.contains(attempt)).collect(Collectors.toSet());
    }

    @Override
    public void onStop(Consumer<Set<String>> listener) {
        stopListeners.add(listener);
    }

    /** Takes the attempt back and says so at once. */
    void revoke(String attempt) {
        revoked.add(attempt);
        stopListeners.forEach(listener -> listener.accept(Set.of(attempt)));
    }

    @Override
    public void started(String attempt) throws NotCurrent {
        current(attempt);
        startedAt.put(attempt, System.nanoTime());
    }

    @Override
    public void progress(String attempt, FrameProgress frame) {
        progress.add(frame);
    }

    @Override
    public void warn(String attempt, RenderWarning warning) throws NotCurrent {
        current(attempt);
        warnings.add(warning);
    }

    @Override
    public void log(String attempt, String level, String message) {
        answer();
        logs.add(message);
    }

    @Override
    public synchronized void publish(String attempt, List<Publication> pictures) throws NotCurrent {
        current(attempt);
        for (Publication picture : pictures) {
            if (!has(picture.sha256())) {
                throw new IllegalArgumentException("The bytes of " + picture.output() + " are not in the store");
            }
        }
        List<Publication> all = published.computeIfAbsent(attempt, key -> new CopyOnWriteArrayList<>());
        Map<OutputKey, Publication> known = new LinkedHashMap<>();
        all.forEach(picture -> known.put(picture.output(), picture));
        pictures.stream()
                .filter(picture -> known.putIfAbsent(picture.output(), picture) == null)
                .forEach(all::add);
        publishedAt.put(attempt, System.nanoTime());
    }

    @Override
    public void finished(String attempt) throws NotCurrent {
        current(attempt);
        ends.put(attempt, "finished");
    }

    @Override
    public void inspected(String attempt, Inspection inspection) throws NotCurrent {
        current(attempt);
        inspections.put(attempt, inspection);
        ends.put(attempt, "inspected");
    }

    @Override
    public void thumbnailMade(String attempt, Sha256 picture) throws NotCurrent {
        current(attempt);
        thumbnails.put(attempt, picture);
        ends.put(attempt, "thumbnail");
    }

    @Override
    public void failed(String attempt, FailureKind kind, String code, String message, @Nullable String detail)
            throws NotCurrent {
        current(attempt);
        faults.put(attempt, new Fault(kind, code, message, detail));
        ends.put(attempt, "failed");
    }

    @Override
    public void released(String attempt, String why) throws NotCurrent {
        current(attempt);
        ends.putIfAbsent(attempt, "released");
    }

    @Override
    public InputStream read(Sha256 blob) throws IOException {
        answer();
        return Files.newInputStream(store.resolve(blob.hex()));
    }

    @Override
    public Optional<Path> localFile(Sha256 blob) {
        return Optional.empty();
    }

    @Override
    public void store(String attempt, Path file, Sha256 digest) throws IOException {
        if (down) {
            throw new IOException("The store is down");
        }
        Files.move(file, store.resolve(digest.hex()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
}

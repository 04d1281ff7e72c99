package studio.kiln.server.node;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiCalls;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.storage.DigestMismatch;

/**
 * The link of a node on another machine: one address, one secret. Bytes go through the server, or where it points to. While no
 * server answers, calls throw {@link studio.kiln.core.api.Unreachable}; the caller tries again.
 */
public final class HttpServerLink implements ServerLink, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServerLink.class);
    /** Below what servers and proxies allow for one request. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
    /** So much longer than it was asked to wait may an answer take. */
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private static final Duration TRANSFER = Duration.ofHours(2);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(5);
    private static final Duration PROGRESS = Duration.ofMillis(250);
    private static final Set<String> REFUSALS = Set.of("NODE_COPIED", "NODE_REPLACED", "VERSION_MISMATCH");

    private final ApiCalls calls;
    private final String node;
    private final String version;
    private final InputCache inputs;
    private final Map<String, FrameProgress> progress = new LinkedHashMap<>();
    private final Thread progressSender;
    private volatile @Nullable Thread stops;
    private volatile @Nullable String boot;
    private volatile boolean closed;

    /**
     * @param server with the secret of the node
     * @param version as {@link NodeProtocol#version} gives it
     * @param inputs where files of models are kept
     */
    public HttpServerLink(ServerAddress server, String node, String version, InputCache inputs) {
        this.calls = new ApiCalls(server);
        this.node = node;
        this.version = version;
        this.inputs = inputs;
        this.progressSender = Thread.ofVirtual().name("kiln-progress").start(this::sendProgress);
    }

    // -- the node itself -------------------------------------------------------------------------------------------

    @Override
    public List<String> register(NodeFacts facts, List<EngineFacts> engines, Collection<String> holding) {
        // before the answer: a server that took it may be asked for work although its answer was lost
        boot = facts.boot();
        return post(
                        path("/register"),
                        new NodeProtocol.Register(facts, engines, List.copyOf(holding)),
                        NodeProtocol.Registered.class,
                        ANSWER)
                .engines();
    }

    @Override
    public List<Assignment> claim(Claim claim, Duration wait) throws InterruptedException {
        long seconds = Math.min(wait.toSeconds(), LONGEST_WAIT.toSeconds());
        try {
            return post(
                            path("/claims"),
                            new NodeProtocol.Wish(claim.freeSlots(), claim.interactive(), (int) seconds),
                            NodeProtocol.Work.class,
                            ANSWER.plusSeconds(seconds))
                    .work();
        } catch (RuntimeException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw e;
        }
    }

    @Override
    public Set<String> renew(String id, Collection<String> attempts) {
        NodeProtocol.Alive alive = new NodeProtocol.Alive(List.copyOf(attempts), load());
        return Set.copyOf(
                post(path("/leases"), alive, NodeProtocol.Current.class, ANSWER).attempts());
    }

    private static int load() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? (int) Math.round(Math.clamp(system.getCpuLoad(), 0.0, 1.0) * 100)
                : 0;
    }

    /** Asks in a long request of its own what is to be stopped, as long as the link is open. */
    @Override
    public synchronized void onStop(Consumer<Set<String>> listener) {
        if (stops == null) {
            stops = Thread.ofVirtual().name("kiln-stops").start(() -> listen(listener));
        }
    }

    private void listen(Consumer<Set<String>> listener) {
        Set<String> told = Set.of();
        long pause = FIRST_PAUSE.toMillis();
        try {
            while (!closed) {
                if (boot == null) {
                    Thread.sleep(FIRST_PAUSE);
                    continue;
                }
                try {
                    Set<String> now = Set.copyOf(post(
                                    path("/stops"),
                                    new NodeProtocol.StopWish(List.copyOf(told), (int) LONGEST_WAIT.toSeconds()),
                                    NodeProtocol.Stops.class,
                                    ANSWER.plus(LONGEST_WAIT))
                            .attempts());
                    if (!told.containsAll(now)) {
                        listener.accept(now);
                    }
                    told = now;
                    pause = FIRST_PAUSE.toMillis();
                } catch (RuntimeException e) {
                    LOG.debug("What is to be stopped is not known: {}", e.toString());
                    Thread.sleep(pause + ThreadLocalRandom.current().nextLong(pause));
                    pause = Math.min(LAST_PAUSE.toMillis(), pause * 2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void leave(String id, Collection<String> holding) {
        try {
            post(path("/leave"), new NodeProtocol.Leave(List.copyOf(holding)), Void.class, Duration.ofSeconds(3));
        } catch (RuntimeException e) {
            LOG.debug("The server did not hear that the node ends: {}", e.toString());
        }
    }

    // -- attempts --------------------------------------------------------------------------------------------------

    @Override
    public void started(String attempt) throws NotCurrent {
        report(attempt, new NodeProtocol.Started());
    }

    @Override
    public void progress(String attempt, FrameProgress frame) {
        synchronized (progress) {
            progress.put(attempt, frame);
            progress.notifyAll();
        }
    }

    // The newest of each attempt, four times a second for all of them together.
    private void sendProgress() {
        try {
            while (!closed) {
                Map<String, FrameProgress> newest;
                synchronized (progress) {
                    while (progress.isEmpty()) {
                        progress.wait();
                    }
                    newest = new HashMap<>(progress);
                    progress.clear();
                }
                try {
                    post(
                            path("/progress"),
                            new NodeProtocol.Progress(newest.entrySet().stream()
                                    .map(e -> new NodeProtocol.AttemptProgress(e.getKey(), e.getValue()))
                                    .toList()),
                            Void.class,
                            Duration.ofSeconds(5));
                } catch (RuntimeException e) {
                    LOG.trace("Progress was lost: {}", e.toString());
                }
                Thread.sleep(PROGRESS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void warn(String attempt, RenderWarning warning) throws NotCurrent {
        report(attempt, new NodeProtocol.Warned(warning));
    }

    @Override
    public void log(String attempt, String level, String message) {
        try {
            report(attempt, new NodeProtocol.Logged(level, message));
        } catch (NotCurrent e) {
            LOG.debug("A line of a log came too late: {}", e.getMessage());
        }
    }

    @Override
    public void publish(String attempt, List<Publication> pictures) throws NotCurrent {
        report(attempt, new NodeProtocol.Rendered(pictures));
    }

    @Override
    public void finished(String attempt) throws NotCurrent {
        report(attempt, new NodeProtocol.Finished());
    }

    @Override
    public void inspected(String attempt, Inspection inspection) throws NotCurrent {
        report(attempt, new NodeProtocol.Inspected(inspection));
    }

    @Override
    public void thumbnailMade(String attempt, Sha256 picture) throws NotCurrent {
        report(attempt, new NodeProtocol.ThumbnailMade(picture));
    }

    @Override
    public void failed(String attempt, FailureKind kind, String code, String message, @Nullable String detail)
            throws NotCurrent {
        report(attempt, new NodeProtocol.Failed(kind, code, message, detail));
    }

    @Override
    public void released(String attempt, String why) throws NotCurrent {
        report(attempt, new NodeProtocol.Released(why));
    }

    private void report(String attempt, NodeProtocol.Report report) throws NotCurrent {
        try {
            post(path("/attempts/" + attempt + "/reports"), report, Void.class, ANSWER);
        } catch (Refused e) {
            throw new NotCurrent(attempt);
        } catch (ApiException e) {
            throw ofAttempt(attempt, e);
        }
    }

    // What the server will refuse again and again must not be tried again and again.
    private static RuntimeException ofAttempt(String attempt, ApiException e) throws NotCurrent {
        return switch (e.status()) {
            case 401, 403, 404, 409, 410 -> throw new NotCurrent(attempt);
            case 400, 413, 415, 422 -> new IllegalArgumentException(e.getMessage(), e);
            default -> e;
        };
    }

    // -- bytes -----------------------------------------------------------------------------------------------------

    @Override
    public InputStream read(Sha256 blob) throws IOException {
        return inputs.open(blob, () -> fetch(blob));
    }

    private InputStream fetch(Sha256 blob) throws IOException {
        try {
            HttpResponse<InputStream> answer = open(request(path("/blobs/" + blob), TRANSFER));
            if (answer.statusCode() == 307) {
                answer.body().close();
                answer = open(HttpRequest.newBuilder(answer.uri()
                        .resolve(answer.headers().firstValue("Location").orElse(""))));
            }
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            try (InputStream body = answer.body()) {
                ApiException problem = ApiCalls.problem(answer.statusCode(), body.readAllBytes());
                if (problem.status() == 404) {
                    throw new NoSuchFileException(blob.hex(), null, problem.getMessage());
                }
                throw new IOException(problem.getMessage(), problem);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("The transfer was interrupted.");
        }
    }

    // The secret goes to the server alone, never to where the server points.
    private HttpResponse<InputStream> open(HttpRequest.Builder request) throws IOException, InterruptedException {
        return calls.http().send(request.GET().build(), BodyHandlers.ofInputStream());
    }

    @Override
    public Optional<Path> localFile(Sha256 blob) {
        return Optional.empty();
    }

    @Override
    public void store(String attempt, Path file, Sha256 digest) throws IOException, NotCurrent {
        HttpRequest.Builder request = request(path("/attempts/" + attempt + "/blobs/" + digest), TRANSFER)
                .header("Content-Type", "application/octet-stream");
        try {
            calls.send(request.PUT(BodyPublishers.ofFile(file)));
        } catch (FileNotFoundException e) {
            throw new NoSuchFileException(file.toString());
        } catch (ApiException e) {
            switch (e.problem().code()) {
                case "DIGEST_MISMATCH" -> throw damaged(file, digest);
                case "DISK_FULL" -> throw new FileSystemException(file.toString(), null, "No space left on the server");
                default -> throw ofAttempt(attempt, e);
            }
        }
    }

    // Only a file that is another than it was is not worth sending again.
    private static IOException damaged(Path file, Sha256 digest) throws IOException {
        Sha256 found = Sha256.of(file);
        return found.equals(digest)
                ? new IOException("The file was damaged on its way to the server.")
                : new DigestMismatch(digest, found);
    }

    // -- how it is done --------------------------------------------------------------------------------------------

    private String path(String rest) {
        return "/api/nodes/" + node + rest;
    }

    private HttpRequest.Builder request(String path, Duration limit) {
        HttpRequest.Builder request = calls.request(path).timeout(limit).header(NodeProtocol.VERSION, version);
        String speaking = boot;
        return speaking == null ? request : request.header(NodeProtocol.BOOT, speaking);
    }

    private <T> T post(String path, Object body, Class<T> type, Duration limit) {
        try {
            return calls.post(request(path, limit), body, type);
        } catch (ApiException e) {
            if (e.status() == 401 || REFUSALS.contains(e.problem().code())) {
                throw new Refused(e.problem().code(), String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    @Override
    public void close() {
        closed = true;
        progressSender.interrupt();
        Thread listening = stops;
        if (listening != null) {
            listening.interrupt();
        }
        calls.close();
    }
}

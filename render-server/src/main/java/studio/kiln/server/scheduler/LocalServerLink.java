package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.queue.Signal;
import studio.kiln.server.storage.BlobStore;

/**
 * The link of the embedded node: calls the scheduler directly. What nodes elsewhere say comes through here too, once it is
 * known that they may say it ({@link NodeDesk}).
 */
public final class LocalServerLink implements ServerLink {
    private static final Logger LOG = LoggerFactory.getLogger(LocalServerLink.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private final Engines engines;
    private final Claims claims;
    private final Reports reports;
    private final NodeJobs jobs;
    private final Attempts attempts;
    private final NodeRecord nodes;
    private final Sweeps sweeps;
    private final Signal work;
    private final RunningNow now;
    private final TaskLog log;
    private final Notices notices;
    private final Heartbeats heartbeats;
    private final BlobStore blobs;
    private final List<Consumer<Set<String>>> stopListeners = new CopyOnWriteArrayList<>();
    /** Whether an attempt is of a job; that never changes. */
    private final Cache<String, Boolean> ofJobs = Caffeine.newBuilder()
            .maximumSize(100_000)
            .expireAfterAccess(Duration.ofHours(1))
            .build();

    LocalServerLink(Scheduler.Parts parts, BlobStore blobs) {
        this.engines = parts.engines();
        this.claims = parts.claims();
        this.reports = parts.reports();
        this.jobs = parts.jobs();
        this.attempts = parts.attempts();
        this.nodes = parts.nodes();
        this.sweeps = parts.sweeps();
        this.work = parts.work();
        this.now = parts.now();
        this.log = parts.log();
        this.notices = parts.notices();
        this.heartbeats = parts.heartbeats();
        this.blobs = blobs;
    }

    @Override
    public void onStop(Consumer<Set<String>> listener) {
        stopListeners.add(listener);
    }

    /** Has all who wait for work look again. */
    void wake() {
        work.raise();
    }

    /** What is remembered is only what the database says too. */
    void forget() {
        ofJobs.invalidateAll();
    }

    void stop(Set<String> stopping) {
        stopListeners.forEach(listener -> listener.accept(stopping));
    }

    @Override
    public List<String> register(NodeFacts node, List<EngineFacts> facts, Collection<String> holding) {
        if (nodes.arrived(node)) {
            sweeps.nodeIsGone(node.id(), holding);
        }
        List<String> ids = engines.register(node, facts);
        jobs.refuseImpossible();
        attempts.planAgain();
        notices.workIsThere();
        return ids;
    }

    @Override
    public List<Assignment> claim(Claim claim, Duration wait) throws InterruptedException {
        return claim(claim, wait, () -> true);
    }

    /** As above, as long as somebody wants to wait. */
    List<Assignment> claim(Claim claim, Duration wait, BooleanSupplier wanted) throws InterruptedException {
        nodes.seen(claim.node());
        long end = System.nanoTime() + wait.toNanos();
        while (true) {
            long seen = work.version();
            List<Assignment> given = new ArrayList<>();
            if (claim.interactive()) {
                jobs.claim(claim.node()).ifPresent(given::add);
            }
            if (claim.freeSlots() > 0) {
                List<Assignment> chunks = claims.claim(claim.node(), claim.freeSlots());
                chunks.forEach(this::remember);
                given.addAll(chunks);
            }
            long left = end - System.nanoTime();
            if (!given.isEmpty() || left <= 0 || !wanted.getAsBoolean()) {
                return given;
            }
            // Retries fall due and other servers make work without a signal here.
            work.await(seen, Duration.ofNanos(Math.min(left, LONGEST_WAIT.toNanos())));
        }
    }

    private void remember(Assignment chunk) {
        ofJobs.put(chunk.attempt(), false);
        if (chunk instanceof Assignment.Render render) {
            attempts.remember(render.attempt(), render.task());
        }
    }

    @Override
    public Set<String> renew(String node, Collection<String> held) {
        nodes.seen(node);
        heartbeats.said(node, held);
        Set<String> current = new LinkedHashSet<>();
        for (String attempt : held) {
            if (isOfJob(attempt) ? jobs.renew(attempt) : attempts.renew(attempt)) {
                current.add(attempt);
            }
        }
        current.removeAll(attempts.stopping(node));
        attempts.unknown(node, held).forEach(this::giveToOthers);
        return current;
    }

    // The answer that gave it was lost, or the node has given it up.
    private void giveToOthers(String attempt) {
        try {
            reports.released(attempt, "The node that it was given to does not know of it.");
        } catch (NotCurrent e) {
            LOG.debug("Attempt {} has ended meanwhile", attempt);
        }
    }

    @Override
    public void started(String attempt) throws NotCurrent {
        if (isOfJob(attempt)) {
            require(attempt, jobs.isCurrent(attempt));
        } else {
            // A node that had no answer says it again.
            if (reports.started(attempt)) {
                log(attempt, "info", "The node begins to render.");
            }
        }
    }

    @Override
    public void progress(String attempt, FrameProgress progress) {
        now.put(progress);
        notices.events().progress(progress);
    }

    @Override
    public void warn(String attempt, RenderWarning warning) throws NotCurrent {
        if (isOfJob(attempt)) {
            // What an inspection warns of is part of the inspection.
            require(attempt, jobs.isCurrent(attempt));
        } else {
            reports.warn(attempt, warning);
            log(attempt, "warning", warning.code() + ": " + warning.message());
        }
    }

    @Override
    public void log(String attempt, String level, String message) {
        if (!isOfJob(attempt)) {
            attempts.task(attempt).ifPresent(task -> log.add(task, attempt, level, message));
        }
    }

    @Override
    public void publish(String attempt, List<Publication> pictures) throws NotCurrent {
        reports.publish(attempt, pictures).forEach(picture -> log(attempt, "info", line(picture)));
    }

    private static String line(Publication picture) {
        OutputKey output = picture.output();
        String of = output.layer().isEmpty() ? "" : ", layer " + output.layer();
        String view = output.view().isEmpty() ? "" : ", view " + output.view();
        return String.format(Locale.ROOT, "Frame %d%s%s done in %.2f s", output.frame(), of, view, picture.seconds());
    }

    @Override
    public void finished(String attempt) throws NotCurrent {
        reports.finished(attempt);
        log(attempt, "info", "All pictures of this chunk are there.");
    }

    @Override
    public void inspected(String attempt, Inspection inspection) throws NotCurrent {
        end(attempt, jobs.inspected(attempt, inspection));
    }

    @Override
    public void thumbnailMade(String attempt, Sha256 picture) throws NotCurrent {
        end(attempt, jobs.thumbnailMade(attempt, picture));
    }

    @Override
    public void failed(String attempt, FailureKind kind, String code, String message, @Nullable String detail)
            throws NotCurrent {
        if (isOfJob(attempt)) {
            end(attempt, jobs.failed(attempt, kind, code, message));
        } else {
            reports.failed(attempt, kind, code, message, detail);
            log(attempt, "error", code + ": " + message);
            if (detail != null) {
                log(attempt, "error", detail);
            }
        }
    }

    @Override
    public void released(String attempt, String why) throws NotCurrent {
        if (isOfJob(attempt)) {
            end(attempt, jobs.released(attempt, why));
        } else {
            reports.released(attempt, why);
        }
    }

    private void end(String attempt, boolean current) throws NotCurrent {
        boolean done = current || jobs.wasDoneBy(attempt);
        require(attempt, done);
    }

    private boolean isOfJob(String attempt) {
        return ofJobs.get(attempt, jobs::knows);
    }

    private static void require(String attempt, boolean current) throws NotCurrent {
        if (!current) {
            throw new NotCurrent(attempt);
        }
    }

    @Override
    public InputStream read(Sha256 blob) throws IOException {
        return blobs.open(blob);
    }

    @Override
    public Optional<Path> localFile(Sha256 blob) {
        return blobs.localFile(blob);
    }

    @Override
    public void store(String attempt, Path file, Sha256 digest) throws IOException {
        blobs.take(file, digest);
    }
}

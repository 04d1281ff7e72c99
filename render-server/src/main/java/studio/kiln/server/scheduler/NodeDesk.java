package studio.kiln.server.scheduler;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Decision;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.NodeProtocol;
import studio.kiln.server.node.ServerLink.Claim;
import studio.kiln.server.node.ServerLink.EngineFacts;
import studio.kiln.server.node.ServerLink.NodeFacts;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Publication;
import studio.kiln.server.node.ServerLink.Refused;
import studio.kiln.server.queue.Signal;
import studio.kiln.server.storage.BlobStore;

/**
 * Takes what nodes on other machines say: asks {@link Policy} whether they may say it, and whether it is the process that
 * speaks as the node now; then it goes the way that the embedded node's words go. Safe for any number of threads.
 */
public final class NodeDesk implements AutoCloseable {
    /** What other servers were told to stop is looked for so often. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final LocalServerLink link;
    private final NodeRecord nodes;
    private final Attempts attempts;
    private final Sweeps sweeps;
    private final BlobStore blobs;
    private final String version;
    private final Policy policy = new Policy();
    private final Signal stops = new Signal();
    private volatile boolean closed;

    NodeDesk(Scheduler.Parts parts, LocalServerLink link, BlobStore blobs, String scriptVersion) {
        this.link = link;
        this.nodes = parts.nodes();
        this.attempts = parts.attempts();
        this.sweeps = parts.sweeps();
        this.blobs = blobs;
        this.version = NodeProtocol.version(KilnVersion.get(), scriptVersion);
        link.onStop(ignored -> stops.raise());
    }

    /** Has all who wait for what is to be stopped look again. */
    void lookForStops() {
        stops.raise();
    }

    // ---- the node itself

    /**
     * @throws ApiException 409 when node and server are not of one version: pictures of two versions must not be mixed
     */
    public void checkVersion(String ofNode) {
        if (!version.equals(ofNode)) {
            String[] here = version.split("/", 2);
            String[] there = ofNode.split("/", 2);
            String difference = here[0].equals(there[0])
                    ? "are both Kiln " + here[0] + " but of two builds"
                    : "differ: the node is Kiln " + there[0] + ", the server " + here[0];
            throw new ApiException(Problem.of(
                    409,
                    "VERSION_MISMATCH",
                    "The node is of another version",
                    "Node and server " + difference + "; install the server's Kiln on the node and start it again."));
        }
    }

    /** @return ids of the engines, in the order in which they were named */
    public List<String> register(
            Caller caller, NodeFacts facts, List<EngineFacts> engines, Collection<String> holding) {
        speaks(caller, facts.id());
        return refusing(() -> link.register(facts, engines, holding));
    }

    /** Waits for work; ends early when the server closes. */
    public List<Assignment> claim(String node, String boot, Claim claim, Duration wait) throws InterruptedException {
        current(node, boot);
        return link.claim(claim, wait, () -> !closed);
    }

    /** Renews leases and gives those that are current. */
    public Set<String> renew(String node, String boot, Collection<String> holding, int loadPercent) {
        current(node, boot);
        nodes.load(node, loadPercent);
        return link.renew(node, holding);
    }

    /** Waits until something of the node is to be stopped that it was not told of; gives all that is to be stopped. */
    public Set<String> stops(String node, String boot, Collection<String> told, Duration wait)
            throws InterruptedException {
        current(node, boot);
        long end = System.nanoTime() + wait.toNanos();
        while (true) {
            long seen = stops.version();
            Set<String> now = attempts.stopping(node);
            long left = end - System.nanoTime();
            if (!told.containsAll(now) || left <= 0 || closed) {
                return now;
            }
            stops.await(seen, Duration.ofNanos(Math.min(left, LOOK.toNanos())));
        }
    }

    /** The process of the node ends; what it has, but for {@code holding}, is given to others. */
    public void leave(String node, String boot, Collection<String> holding) {
        current(node, boot);
        sweeps.nodeIsGone(node, holding);
        nodes.left(node, boot);
    }

    // ---- attempts

    /** Takes a report of an attempt; one that came before does nothing new. */
    public void report(Caller caller, String attempt, NodeProtocol.Report report) throws NotCurrent, IOException {
        reports(caller, attempt);
        switch (report) {
            case NodeProtocol.Started started -> link.started(attempt);
            case NodeProtocol.Warned warned -> link.warn(attempt, warned.warning());
            case NodeProtocol.Logged logged -> link.log(attempt, logged.level(), logged.message());
            case NodeProtocol.Rendered rendered -> publish(attempt, rendered.pictures());
            case NodeProtocol.Finished finished -> link.finished(attempt);
            case NodeProtocol.Inspected inspected -> link.inspected(attempt, inspected.inspection());
            case NodeProtocol.ThumbnailMade made -> {
                stored(made.picture(), -1);
                link.thumbnailMade(attempt, made.picture());
            }
            case NodeProtocol.Failed failed ->
                link.failed(attempt, failed.kind(), failed.code(), failed.message(), failed.detail());
            case NodeProtocol.Released released -> link.released(attempt, released.why());
        }
    }

    private void publish(String attempt, List<Publication> pictures) throws NotCurrent, IOException {
        for (Publication picture : pictures) {
            stored(picture.sha256(), picture.bytes());
            for (var extra : picture.extras()) {
                stored(extra.sha256(), extra.bytes());
            }
        }
        link.publish(attempt, pictures);
    }

    // A digest alone makes no result: its bytes must be here.
    private void stored(Sha256 digest, long bytes) throws IOException {
        long size = blobs.size(digest).orElse(-1L);
        if (size < 0 || (bytes >= 0 && size != bytes) || !blobs.touch(digest)) {
            throw new IllegalArgumentException("The bytes of " + digest + " are not in the store; send them first.");
        }
    }

    /** Tells those who watch how far a frame is; what is not of the node's own work is passed over. */
    public void progress(String node, List<NodeProtocol.AttemptProgress> progress) {
        for (NodeProtocol.AttemptProgress one : progress) {
            boolean own = attempts.task(one.attempt())
                            .filter(task -> task.equals(one.frame().taskId()))
                            .isPresent()
                    && attempts.node(one.attempt()).filter(node::equals).isPresent();
            if (own) {
                link.progress(one.attempt(), one.frame());
            }
        }
    }

    // ---- bytes

    /** Bytes of a model that the node works on now. */
    public long size(Caller caller, String node, Sha256 blob) throws IOException {
        if (policy.readsInput(caller, attempts.needs(node, blob.hex())) instanceof Decision.Denied denied) {
            throw new ApiException(
                    Problem.of(404, "NO_SUCH_BLOB", "There are no such bytes for this node", denied.why()));
        }
        return blobs.size(blob)
                .orElseThrow(() -> new ApiException(Problem.of(
                        404,
                        "NO_SUCH_BLOB",
                        "The bytes are gone",
                        "The store has no bytes of " + blob + " any more.")));
    }

    /** After {@link #size} has said that the node may have them. */
    public InputStream read(Sha256 blob) throws IOException {
        return blobs.open(blob);
    }

    /** Takes bytes that belong to an attempt; they lie beside the store until their digest is known to be right. */
    public void store(Caller caller, String attempt, Sha256 digest, InputStream bytes) throws IOException {
        reports(caller, attempt);
        blobs.put(bytes, digest);
    }

    // ---- who may

    /**
     * Lets only the node itself speak as it; every request of a node comes by here first.
     *
     * @throws ApiException 403
     */
    public void speaks(Caller caller, String node) {
        if (policy.speaksAs(caller, node) instanceof Decision.Denied denied) {
            throw new ApiException(Problem.of(403, "NOT_ALLOWED", "You may not do that", denied.why()));
        }
    }

    private void current(String node, String boot) {
        refusing(() -> {
            nodes.requireProcess(node, boot);
            return node;
        });
    }

    private void reports(Caller caller, String attempt) {
        if (policy.reportsOf(caller, attempts.node(attempt).orElse(null)) instanceof Decision.Denied denied) {
            throw notCurrent(denied.why());
        }
    }

    /** The same answer whether the attempt is not current, somebody else's, or none. */
    public static ApiException notCurrent(String why) {
        return new ApiException(Problem.of(409, "NOT_CURRENT", "The attempt is not current any more", why));
    }

    private static <T> T refusing(java.util.function.Supplier<T> work) {
        try {
            return work.get();
        } catch (Refused e) {
            throw new ApiException(Problem.of(409, e.code(), "The node is not taken", String.valueOf(e.getMessage())));
        }
    }

    /** Ends what waits. */
    @Override
    public void close() {
        closed = true;
        stops.raise();
        link.wake();
    }
}

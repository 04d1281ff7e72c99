package studio.kiln.server.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.EngineBuild;

/**
 * All that a node may ask of a server. The embedded node is given one that calls the scheduler directly; a node on
 * another machine speaks HTTP. Every message bears the attempt; when that is not current any more the message is recorded,
 * changes nothing, and {@link NotCurrent} tells the node to stop.
 *
 * <p>All methods may be called from any thread and may be repeated: a repeated message does nothing new.
 */
public interface ServerLink {
    /**
     * Reports who this node is and which engines it has; gives the id under which the server knows each of them, in the
     * same order. Called at start and whenever the engines change. What an earlier process of the node had is taken back,
     * except what this one still has to deliver.
     *
     * @param holding attempts of which results are still to be delivered
     * @throws Refused when the server does not take this node
     */
    List<String> register(NodeFacts node, List<EngineFacts> engines, Collection<String> holding);

    /** Waits until there is work or {@code wait} has passed. */
    List<Assignment> claim(Claim claim, Duration wait) throws InterruptedException;

    /**
     * Says that the node lives, renews leases, and gives those attempts that are still current; all others must be stopped.
     *
     * @param attempts everything that the node has: what a server believes it to have besides is given to others
     */
    Set<String> renew(String node, Collection<String> attempts);

    /**
     * Who is told at once which attempts are to be stopped, rather than at the next {@link #renew}; a link that cannot
     * know earlier never calls it. What was stopped is confirmed with {@link #released}.
     */
    default void onStop(Consumer<Set<String>> listener) {}

    void started(String attempt) throws NotCurrent;

    /** May be dropped or coalesced; never fails. */
    void progress(String attempt, FrameProgress progress);

    void warn(String attempt, RenderWarning warning) throws NotCurrent;

    void log(String attempt, String level, String message);

    /** Publishes pictures whose bytes are in the store already. All of them or none. */
    void publish(String attempt, List<Publication> pictures) throws NotCurrent;

    /** All outputs are published. */
    void finished(String attempt) throws NotCurrent;

    void inspected(String attempt, Inspection inspection) throws NotCurrent;

    void thumbnailMade(String attempt, Sha256 picture) throws NotCurrent;

    void failed(String attempt, FailureKind kind, String code, String message, @Nullable String detail)
            throws NotCurrent;

    /** Gives an attempt back unharmed; it is not counted against the chunk. */
    void released(String attempt, String why) throws NotCurrent;

    InputStream read(Sha256 blob) throws IOException;

    /** The blob as a local file that must only be read, where node and store share a disk. */
    Optional<Path> localFile(Sha256 blob);

    /** Puts bytes that belong to an attempt into the store; the file may be gone afterwards. */
    void store(String attempt, Path file, Sha256 digest) throws IOException, NotCurrent;

    /**
     * Says that this process ends, so that nobody waits for it; never fails.
     *
     * @param holding attempts whose results a later process of the node will deliver
     */
    default void leave(String node, Collection<String> holding) {}

    /** The attempt was taken back, cancelled or replaced. */
    final class NotCurrent extends Exception {
        private static final long serialVersionUID = 1;

        public NotCurrent(String attempt) {
            super("Attempt " + attempt + " is not current any more.");
        }
    }

    /** The server does not take this node, or this process of it; the message is a sentence for a person. */
    final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String code;

        /** @param code stable word for programs */
        public Refused(String code, String message) {
            super(message);
            this.code = code;
        }

        public String code() {
            return code;
        }
    }

    /**
     * @param id kept in the node's data folder
     * @param boot another one for each process of the node
     * @param machine the same as long as it is the same data folder on the same machine
     * @param version of Kiln
     * @param tags words that tasks may ask for
     */
    record NodeFacts(
            String id,
            String boot,
            String machine,
            String name,
            String version,
            int slots,
            int cores,
            long memoryBytes,
            List<String> tags) {
        public NodeFacts {
            tags = List.copyOf(tags);
        }
    }

    /** @param problem why it cannot be used, or null */
    record EngineFacts(
            EngineBuild build,
            String containment,
            @Nullable Capabilities capabilities,
            @Nullable String problem) {}

    /**
     * @param freeSlots how many render chunks it would take, 0 or more
     * @param interactive whether its interactive session is free
     */
    record Claim(String node, int freeSlots, boolean interactive) {}

    /** One picture that was rendered, verified and stored. {@code extras} are what File Output nodes wrote with it. */
    record Publication(
            OutputKey output,
            Sha256 sha256,
            long bytes,
            String extension,
            int width,
            int height,
            double seconds,
            @Nullable String camera,
            @Nullable String device,
            List<Extra> extras) {}

    record Extra(String node, String name, Sha256 sha256, long bytes) {}
}

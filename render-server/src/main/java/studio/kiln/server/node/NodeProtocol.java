package studio.kiln.server.node;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.FailureKind;

/** What nodes and servers say to each other over HTTP: {@link ServerLink} as records. */
public final class NodeProtocol {
    /** Names the process that speaks as the node. */
    public static final String BOOT = "Kiln-Boot";
    /** The version of Kiln and of what runs in Blender, as the node has them. */
    public static final String VERSION = "Kiln-Version";

    private NodeProtocol() {}

    /** How two programs are compared: results may be reused only between equal ones. */
    public static String version(String kiln, String scripts) {
        return kiln + "/" + scripts;
    }

    /**
     * A machine wants to be a node.
     *
     * @param credential digest of the secret with which it will come
     */
    public record Join(String token, Sha256 credential, String name, int slots) {}

    /** @param node the id of the new node */
    public record Joined(String node) {}

    public record Register(ServerLink.NodeFacts node, List<ServerLink.EngineFacts> engines, List<String> holding) {}

    /** @param engines ids, in the order in which they were named */
    public record Registered(List<String> engines) {}

    /** @param waitSeconds how long to wait for work, 0 to 50 */
    public record Wish(int freeSlots, boolean interactive, int waitSeconds) {}

    public record Work(List<Assignment> work) {}

    /** @param holding every attempt that the node has */
    public record Alive(List<String> holding, int loadPercent) {}

    /** @param attempts those that are still current */
    public record Current(List<String> attempts) {}

    /**
     * @param told attempts of which the node knows already
     * @param waitSeconds how long to wait for others, 0 to 50
     */
    public record StopWish(List<String> told, int waitSeconds) {}

    /** @param attempts everything of the node that is to be stopped now */
    public record Stops(List<String> attempts) {}

    public record Leave(List<String> holding) {}

    public record Progress(List<AttemptProgress> progress) {}

    public record AttemptProgress(String attempt, FrameProgress frame) {}

    /** Something that happened to an attempt. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Started.class, name = "started"),
        @JsonSubTypes.Type(value = Warned.class, name = "warned"),
        @JsonSubTypes.Type(value = Logged.class, name = "logged"),
        @JsonSubTypes.Type(value = Rendered.class, name = "rendered"),
        @JsonSubTypes.Type(value = Finished.class, name = "finished"),
        @JsonSubTypes.Type(value = Inspected.class, name = "inspected"),
        @JsonSubTypes.Type(value = ThumbnailMade.class, name = "thumbnail"),
        @JsonSubTypes.Type(value = Failed.class, name = "failed"),
        @JsonSubTypes.Type(value = Released.class, name = "released"),
    })
    public sealed interface Report {}

    public record Started() implements Report {}

    public record Warned(RenderWarning warning) implements Report {}

    public record Logged(String level, String message) implements Report {}

    public record Rendered(List<ServerLink.Publication> pictures) implements Report {}

    public record Finished() implements Report {}

    public record Inspected(Inspection inspection) implements Report {}

    public record ThumbnailMade(Sha256 picture) implements Report {}

    public record Failed(
            FailureKind kind,
            String code,
            String message,
            @Nullable String detail) implements Report {}

    public record Released(String why) implements Report {}
}

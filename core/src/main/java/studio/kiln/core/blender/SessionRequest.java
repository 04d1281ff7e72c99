package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line that Kiln sends to a session; {@code docs/session-protocol.md} says what each does. Written with field names in
 * snake case by {@link SessionCodec}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
    @JsonSubTypes.Type(value = SessionRequest.Ping.class, name = "ping"),
    @JsonSubTypes.Type(value = SessionRequest.SelfTest.class, name = "self_test"),
    @JsonSubTypes.Type(value = SessionRequest.Open.class, name = "open"),
    @JsonSubTypes.Type(value = SessionRequest.Inspect.class, name = "inspect"),
    @JsonSubTypes.Type(value = SessionRequest.Render.class, name = "render"),
    @JsonSubTypes.Type(value = SessionRequest.Cancel.class, name = "cancel"),
    @JsonSubTypes.Type(value = SessionRequest.Thumbnail.class, name = "thumbnail"),
    @JsonSubTypes.Type(value = SessionRequest.Close.class, name = "close"),
})
public sealed interface SessionRequest {
    /** Chosen by the sender, unique in the session. */
    String id();

    record Ping(String id) implements SessionRequest {}

    /** @param engines words of {@link RenderEngine} to try */
    record SelfTest(String id, List<String> engines) implements SessionRequest {}

    /**
     * @param stage whether to add a camera and lights to what could not be rendered without
     * @param seen the scene as it was when the model was looked into; what is different now is warned of. Null when that is
     *     not known
     */
    record Open(
            String id,
            String root,
            String format,
            boolean trust,
            @Nullable String scene,
            boolean stage,
            Inspection.@Nullable Scene seen)
            implements SessionRequest {}

    record Inspect(String id, String root, String format, boolean trust) implements SessionRequest {}

    /**
     * @param folder sub-folder of the session's output folder, for this attempt alone
     * @param tiles whether to render in small tiles, so that a cancel is seen within 0.2 s
     */
    record Render(
            String id,
            RenderSettings settings,
            List<Output> outputs,
            String folder,
            @Nullable Draft draft,
            boolean tiles)
            implements SessionRequest {}

    /** @param target id of the request to end */
    record Cancel(String id, String target) implements SessionRequest {}

    record Thumbnail(String id, String root, String format, int width, int height, String path)
            implements SessionRequest {}

    record Close(String id) implements SessionRequest {}

    /**
     * One picture to render.
     *
     * @param key an {@code OutputKey} as text
     * @param path in the attempt's folder, with its ending
     */
    record Output(String key, int frame, String layer, String view, String path) {}

    /** A quick picture that goes before the final one. */
    record Draft(int percent, int samples) {}
}

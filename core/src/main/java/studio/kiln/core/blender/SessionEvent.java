package studio.kiln.core.blender;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.task.FailureKind;
import tools.jackson.databind.JsonNode;

/** A line that a session sends; {@code docs/session-protocol.md} says when. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = SessionEvent.Ready.class, name = "ready"),
    @JsonSubTypes.Type(value = SessionEvent.Progress.class, name = "progress"),
    @JsonSubTypes.Type(value = SessionEvent.Draft.class, name = "draft"),
    @JsonSubTypes.Type(value = SessionEvent.Output.class, name = "output"),
    @JsonSubTypes.Type(value = SessionEvent.Picture.class, name = "picture"),
    @JsonSubTypes.Type(value = SessionEvent.Warning.class, name = "warning"),
    @JsonSubTypes.Type(value = SessionEvent.Log.class, name = "log"),
    @JsonSubTypes.Type(value = SessionEvent.Done.class, name = "done"),
    @JsonSubTypes.Type(value = SessionEvent.Cancelled.class, name = "cancelled"),
    @JsonSubTypes.Type(value = SessionEvent.Failed.class, name = "error"),
})
public sealed interface SessionEvent {
    /** The session can take requests. */
    record Ready(
            int protocol,
            String version,
            String buildHash,
            @Nullable String buildPlatform,
            long pid) implements SessionEvent {}

    /** Belongs to one request. */
    sealed interface OfRequest extends SessionEvent {
        String id();
    }

    /** The last event of its request. */
    sealed interface Final extends OfRequest {}

    /** @param unit {@code samples} or {@code tiles} */
    record Progress(
            String id,
            @Nullable String key,
            int frame,
            String phase,
            int done,
            int total,
            @Nullable String unit) implements OfRequest {}

    record Draft(String id, String key, String path, int width, int height) implements OfRequest {}

    /** A picture is complete on disk. {@code path} is relative to the session's output folder. */
    record Output(
            String id,
            String key,
            int frame,
            String layer,
            String view,
            String path,
            Sha256 sha256,
            long bytes,
            int width,
            int height,
            double seconds,
            @Nullable String camera,
            @Nullable String device,
            @Nullable Integer samples,
            List<Extra> extra)
            implements OfRequest {
        public Output {
            // A stand-in or an older script may leave it out.
            extra = extra == null ? List.of() : List.copyOf(extra);
        }
    }

    /** A file that a File Output node wrote. */
    record Extra(String node, String path, Sha256 sha256, long bytes) {}

    record Picture(String id, String path, int samples, int of) implements OfRequest {}

    record Warning(
            String id,
            String code,
            String message,
            @Nullable String subject) implements OfRequest {}

    record Log(@Nullable String id, String level, String message) implements SessionEvent {}

    record Done(String id, JsonNode result) implements Final {}

    record Cancelled(String id) implements Final {}

    record Failed(
            String id,
            FailureKind kind,
            String code,
            String message,
            @Nullable String detail) implements Final {}
}

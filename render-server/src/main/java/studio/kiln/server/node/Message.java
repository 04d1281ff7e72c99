package studio.kiln.server.node;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.FailureKind;

/** Something that a server must be told of an attempt, in a form that survives a restart. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Message.Started.class, name = "started"),
    @JsonSubTypes.Type(value = Message.Warned.class, name = "warned"),
    @JsonSubTypes.Type(value = Message.Logged.class, name = "logged"),
    @JsonSubTypes.Type(value = Message.Rendered.class, name = "rendered"),
    @JsonSubTypes.Type(value = Message.Inspected.class, name = "inspected"),
    @JsonSubTypes.Type(value = Message.Thumbnail.class, name = "thumbnail"),
    @JsonSubTypes.Type(value = Message.Finished.class, name = "finished"),
    @JsonSubTypes.Type(value = Message.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = Message.Released.class, name = "released"),
})
sealed interface Message {
    record Started() implements Message {}

    record Warned(RenderWarning warning) implements Message {}

    record Logged(String level, String text) implements Message {}

    /** @param files names in the attempt's outbox folder, the picture first, with the digests under which to store them */
    record Rendered(ServerLink.Publication picture, List<Held> files) implements Message {}

    record Held(String file, Sha256 sha256) {}

    /** Nothing follows it. */
    sealed interface Last extends Message {}

    record Inspected(Inspection inspection) implements Last {}

    record Thumbnail(Held picture) implements Last {}

    record Finished() implements Last {}

    record Failed(
            FailureKind kind,
            String code,
            String message,
            @Nullable String detail) implements Last {}

    record Released(String why) implements Last {}
}

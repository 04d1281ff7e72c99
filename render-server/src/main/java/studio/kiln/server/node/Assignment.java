package studio.kiln.server.node;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.OutputKey;

/** What a server gives a node to do. Its {@link #attempt} is the fencing token that every message about it bears. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Assignment.Render.class, name = "render"),
    @JsonSubTypes.Type(value = Assignment.Inspect.class, name = "inspect"),
    @JsonSubTypes.Type(value = Assignment.Thumbnail.class, name = "thumbnail"),
})
public sealed interface Assignment {
    String attempt();

    /** Id of the engine to use, one of those that the node named. */
    String engine();

    /** How long the lease lasts; the node renews it at a third of that. */
    Duration lease();

    Manifest manifest();

    /** Whose files these are: a session that opened somebody's file never serves anybody else. */
    String owner();

    /**
     * Render a chunk.
     *
     * @param seen the scene as it was when the model was looked into
     * @param outputs still missing, in order; all of one variant, whose overrides are part of {@code settings}
     * @param expectedSeconds for one output, from measured frames; 0 when unknown
     */
    record Render(
            String attempt,
            String engine,
            Duration lease,
            Manifest manifest,
            String owner,
            String task,
            long taskNumber,
            @Nullable String scene,
            Inspection.@Nullable Scene seen,
            boolean trusted,
            RenderSettings settings,
            List<OutputKey> outputs,
            double expectedSeconds)
            implements Assignment {}

    /** Look into a model version. Runs in the node's interactive session. */
    record Inspect(String attempt, String engine, Duration lease, Manifest manifest, String owner, String version)
            implements Assignment {}

    /** Make a small picture of a model version. Runs in the node's interactive session. */
    record Thumbnail(
            String attempt,
            String engine,
            Duration lease,
            Manifest manifest,
            String owner,
            String version,
            int width,
            int height)
            implements Assignment {}
}

package studio.kiln.server.scheduler;

import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.MaterialOverride;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;

/** The JSON in the database's columns. */
final class Json {
    private Json() {}

    static List<RenderWarning> warnings(@Nullable String json) {
        return json == null ? List.of() : List.of(SessionCodec.load(json, RenderWarning[].class));
    }

    static List<MaterialOverride> overrides(@Nullable String json) {
        return json == null ? List.of() : List.of(SessionCodec.load(json, MaterialOverride[].class));
    }

    static RenderSettings settings(String json) {
        return SessionCodec.load(json, RenderSettings.class);
    }

    static @Nullable Inspection inspection(@Nullable String json) {
        return json == null ? null : SessionCodec.load(json, Inspection.class);
    }

    static @Nullable Capabilities capabilities(@Nullable String json) {
        return json == null ? null : SessionCodec.load(json, Capabilities.class);
    }
}

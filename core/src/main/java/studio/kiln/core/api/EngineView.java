package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.Capabilities;

/**
 * A Blender build that this server can use.
 *
 * @param source how it came: {@code found}, {@code added}, {@code environment} or {@code image}
 * @param place path of the executable, or name of the image
 * @param capabilities what it proved, or null before its first self-test
 * @param problem why it cannot be used, or null
 */
public record EngineView(
        String id,
        String version,
        String buildHash,
        String backend,
        String containment,
        String source,
        String place,
        @Nullable Capabilities capabilities,
        @Nullable Instant provedAt,
        @Nullable String problem) {}

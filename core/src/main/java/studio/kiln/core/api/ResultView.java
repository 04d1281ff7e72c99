package studio.kiln.core.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;

/**
 * A published picture.
 *
 * @param kind {@code image}, or {@code extra} for what a File Output node wrote
 * @param variant name of the look, or "" for the only one
 * @param layer view layer, or "" for the picture that plain Blender writes
 * @param view stereo view, or ""
 * @param extension of the file, without the dot
 * @param seconds that it took to render
 * @param reused whether it came from an earlier render
 * @param node name of the File Output node for extras, else null
 */
public record ResultView(
        String id,
        String taskId,
        String kind,
        String variant,
        int frame,
        String layer,
        String view,
        String extension,
        Sha256 sha256,
        long bytes,
        int width,
        int height,
        double seconds,
        boolean reused,
        @Nullable String camera,
        @Nullable String node,
        Instant createdAt) {}

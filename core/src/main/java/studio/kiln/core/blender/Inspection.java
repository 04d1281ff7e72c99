package studio.kiln.core.blender;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What Blender sees in a model file; the fields are described in {@code docs/session-protocol.md}. */
public record Inspection(
        String format,
        @Nullable String savedBy,
        boolean compressed,
        String engineVersion,
        List<Scene> scenes,
        int objects,
        int meshes,
        long vertices,
        long triangles,
        List<String> materials,
        List<Texture> textures,
        List<Light> lights,
        List<Library> libraries,
        int driversBlocked,
        List<String> textsAutorun,
        List<FileOutputNode> fileOutputNodes,
        List<Missing> missing,
        @Nullable Bounds bounds,
        List<RenderWarning> warnings) {

    /**
     * One scene of the file and how it asks to be rendered.
     *
     * @param viewsInOne how plain Blender puts all views of a frame into one picture, {@code stereo} or {@code multiview}
     *     (EXR only), or null where each view is a picture of its own
     */
    public record Scene(
            String name,
            boolean active,
            List<String> cameras,
            @Nullable String activeCamera,
            List<Marker> markers,
            int frameStart,
            int frameEnd,
            int frameStep,
            int frameCurrent,
            double fps,
            String engine,
            @Nullable Integer samples,
            @Nullable Double noiseThreshold,
            int seed,
            boolean denoise,
            @Nullable String device,
            int width,
            int height,
            int percent,
            String format,
            boolean movie,
            List<ViewLayer> viewLayers,
            List<String> views,
            @Nullable String viewsInOne,
            boolean compositing,
            int lights,
            boolean worldLit,
            boolean animated,
            List<String> unbakedSimulations,
            @Nullable String viewTransform,
            @Nullable String look,
            @Nullable String display) {}

    /** A timeline marker, with the camera that it binds, if any. */
    public record Marker(int frame, String name, @Nullable String camera) {}

    public record ViewLayer(String name, boolean use) {}

    /** An image; {@code found} of {@code expected} files for sequences and tiled images. */
    public record Texture(
            String name,
            @Nullable String path,
            boolean packed,
            boolean missing,
            String kind,
            @Nullable Integer found,
            @Nullable Integer expected) {}

    public record Light(String name, String type) {}

    public record Library(String path, boolean missing) {}

    public record FileOutputNode(
            String scene, String node, @Nullable String basePath, boolean absolute) {}

    public record Missing(String kind, String name, String path) {}

    /** A box in metres, Z up. */
    public record Bounds(List<Double> min, List<Double> max) {}

    /** The scene of that name, or the file's active one when {@code name} is null. */
    public Optional<Scene> scene(@Nullable String name) {
        return scenes.stream()
                .filter(s -> name == null ? s.active() : s.name().equals(name))
                .findFirst();
    }
}

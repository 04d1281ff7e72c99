package studio.kiln.server.cli.render;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.FrameSet;

/** Which pictures a task will bring, as far as it can be said before it is submitted. */
record ExpectedPictures(List<PictureName> pictures, Set<NameTemplate.Field> several) {

    /**
     * Works it out.
     *
     * @param preview the server's resolution of the request
     * @param model name of the model
     */
    static ExpectedPictures of(
            TaskPreview preview, RenderSettings settings, Inspection.@Nullable Scene scene, String model) {
        FrameSet frames = FrameSet.parse(preview.frames(), FrameSet.range(1, 1, 1));
        List<String> views = scene != null && scene.views().size() > 1 ? scene.views() : List.of("");
        List<String> on = settings.viewLayers() != null
                ? settings.viewLayers()
                : scene == null
                        ? List.of()
                        : scene.viewLayers().stream()
                                .filter(Inspection.ViewLayer::use)
                                .map(Inspection.ViewLayer::name)
                                .toList();
        // whether layers come one by one is the server's decision, which its count tells
        boolean oneByOne = on.size() > 1 && preview.outputs() == frames.size() * on.size() * views.size();
        List<String> layers = oneByOne ? on : List.of("");
        String extension = extension(settings.format(), scene == null ? "PNG" : scene.format());
        List<PictureName> pictures = new ArrayList<>();
        for (int frame : frames) {
            for (String layer : layers) {
                for (String view : views) {
                    pictures.add(new PictureName(frame, layer, view, "", model, "", extension, ""));
                }
            }
        }
        Set<NameTemplate.Field> several = EnumSet.noneOf(NameTemplate.Field.class);
        if (frames.size() > 1) {
            several.add(NameTemplate.Field.FRAME);
        }
        if (layers.size() > 1) {
            several.add(NameTemplate.Field.LAYER);
        }
        if (views.size() > 1) {
            several.add(NameTemplate.Field.VIEW);
        }
        return new ExpectedPictures(pictures, several);
    }

    /** The ending of a file in that format; where the file asks for a film it is a PNG. */
    static String extension(@Nullable ImageFormat wanted, String inFile) {
        if (wanted != null) {
            return switch (wanted) {
                case PNG, PNG16 -> "png";
                case JPEG -> "jpg";
                case EXR, EXR_MULTILAYER -> "exr";
            };
        }
        return switch (inFile.toUpperCase(Locale.ROOT)) {
            case "JPEG" -> "jpg";
            case "JPEG2000" -> "jp2";
            case "OPEN_EXR", "OPEN_EXR_MULTILAYER" -> "exr";
            case "TIFF" -> "tif";
            case "BMP" -> "bmp";
            case "IRIS" -> "rgb";
            case "TARGA", "TARGA_RAW" -> "tga";
            case "HDR" -> "hdr";
            case "CINEON" -> "cin";
            case "DPX" -> "dpx";
            case "WEBP" -> "webp";
            default -> "png";
        };
    }
}

package studio.kiln.server.cli.render;

import studio.kiln.core.api.ResultView;

/**
 * What the name of a picture may be made of.
 *
 * @param extension without the dot
 * @param node the File Output node that wrote it, or "" for a picture of the render itself
 */
public record PictureName(
        int frame,
        String layer,
        String view,
        String variant,
        String model,
        String task,
        String extension,
        String node) {
    static PictureName of(ResultView result, String model, String task) {
        return new PictureName(
                result.frame(),
                result.layer(),
                result.view(),
                result.variant(),
                model,
                task,
                result.extension(),
                result.node() == null ? "" : result.node());
    }

    PictureName withLayer(String word) {
        return new PictureName(frame, word, view, variant, model, task, extension, node);
    }
}

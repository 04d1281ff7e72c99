package studio.kiln.server.node;

import java.io.IOException;

/** A file that Blender named as a picture is none, or is another than it said. */
final class BadPicture extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message one sentence for a person */
    BadPicture(String message) {
        super(message);
    }
}

package studio.kiln.desktop.library;

import studio.kiln.core.api.ModelView;

/** A card of the library. */
public sealed interface LibraryItem {
    /** A model that the server has. */
    record OfModel(ModelView model) implements LibraryItem {}

    /** A model that is on its way there. */
    record OfUpload(Upload upload) implements LibraryItem {}
}

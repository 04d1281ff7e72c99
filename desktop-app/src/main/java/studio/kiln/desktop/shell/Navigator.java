package studio.kiln.desktop.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;

/** Goes from place to place and back. FX thread only. */
public final class Navigator {
    private static final int KEPT = 50;

    private final ReadOnlyObjectWrapper<Place> place;
    private final Deque<Place> before = new ArrayDeque<>();

    public Navigator(Place first) {
        place = new ReadOnlyObjectWrapper<>(this, "place", first);
    }

    public ReadOnlyObjectProperty<Place> placeProperty() {
        return place.getReadOnlyProperty();
    }

    public void go(Place next) {
        if (!next.equals(place.get())) {
            before.push(place.get());
            while (before.size() > KEPT) {
                before.removeLast();
            }
            place.set(next);
        }
    }

    /** To the place before, or to the given one when there is none. */
    public void back(Place otherwise) {
        place.set(before.isEmpty() ? otherwise : before.pop());
    }
}

package studio.kiln.desktop.shell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javafx.scene.Scene;
import javafx.scene.input.KeyCombination;
import org.jspecify.annotations.Nullable;

/** Everything that has a keyboard shortcut, in one list. FX thread only. */
public final class Actions {
    /**
     * One thing that can be done.
     *
     * @param id its name; its text has the key {@code action.ID}
     * @param keys its shortcut, or null
     */
    public record Action(String id, @Nullable KeyCombination keys, Runnable run) {
        public String text() {
            return Texts.get("action." + id);
        }

        /** The shortcut as a person reads it, or empty. */
        public String keysText() {
            return keys == null ? "" : keys.getDisplayText().replace('+', ' ');
        }
    }

    private final Map<String, Action> all = new LinkedHashMap<>();

    /** Adds an action. {@code keys} as in {@link KeyCombination#valueOf(String)}, or null. */
    public Actions add(String id, @Nullable String keys, Runnable run) {
        all.put(id, new Action(id, keys == null ? null : KeyCombination.valueOf(keys), run));
        return this;
    }

    public List<Action> list() {
        return List.copyOf(all.values());
    }

    /** The action of that name. */
    public Action get(String id) {
        Action action = all.get(id);
        if (action == null) {
            throw new IllegalArgumentException("no such action: " + id);
        }
        return action;
    }

    /** Makes the shortcuts work in a scene. */
    public void install(Scene scene) {
        for (Action action : all.values()) {
            if (action.keys() != null) {
                scene.getAccelerators().put(action.keys(), action.run());
            }
        }
    }
}

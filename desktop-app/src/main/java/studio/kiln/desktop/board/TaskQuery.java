package studio.kiln.desktop.board;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.StateWord;

/**
 * What was typed into the board's search: words that must all be found in a task's name, model or number, and {@code
 * status:}, {@code owner:} and {@code model:} with a word each. {@code owner:me} is the person who looks.
 */
public final class TaskQuery implements Predicate<TaskView> {
    private final List<Predicate<TaskView>> parts = new ArrayList<>();

    private TaskQuery() {}

    /** Reads a query. Every text is a query; what has no meaning is searched as a word. */
    public static TaskQuery parse(String text, String me) {
        TaskQuery query = new TaskQuery();
        for (String token : text.strip().split("\\s+")) {
            if (!token.isEmpty()) {
                query.parts.add(part(token, me));
            }
        }
        return query;
    }

    private static Predicate<TaskView> part(String token, String me) {
        int colon = token.indexOf(':');
        String value = colon < 0 ? "" : fold(token.substring(colon + 1));
        switch (colon < 0 ? "" : token.substring(0, colon).toLowerCase(Locale.ROOT)) {
            case "status" -> {
                // while it is being typed, the beginning of a word is enough
                return task -> StateWord.of(task.state()).word().startsWith(value);
            }
            case "owner" -> {
                String owner = value.equals("me") ? fold(me) : value;
                return task -> fold(task.owner()).startsWith(owner);
            }
            case "model" -> {
                return task -> fold(task.modelName()).contains(value);
            }
            default -> {
                String word = fold(token);
                return task -> fold(task.name()).contains(word)
                        || fold(task.modelName()).contains(word)
                        || ("#" + task.number()).equals(word)
                        || ("t-" + task.number()).equals(word);
            }
        }
    }

    private static String fold(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean test(TaskView task) {
        for (Predicate<TaskView> part : parts) {
            if (!part.test(task)) {
                return false;
            }
        }
        return true;
    }
}

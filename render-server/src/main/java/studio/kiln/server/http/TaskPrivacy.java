package studio.kiln.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A task may wait for tasks that its reader may not read: those are left out, and not named in the reason. */
final class TaskPrivacy {
    private TaskPrivacy() {}

    /**
     * What is shown of a task.
     *
     * @param reads whether the reader may read the task with an id
     */
    static Object shown(TaskView task, Predicate<String> reads) {
        return task.after().stream().allMatch(reads) ? task : shown(ApiJson.STRICT.valueToTree(task), reads);
    }

    /** As above, of a task as events bear it; what is given is not changed. */
    static JsonNode shown(JsonNode task, Predicate<String> reads) {
        List<String> others = new ArrayList<>();
        task.path("after").forEach(id -> others.add(id.asString()));
        if (!(task instanceof ObjectNode whole) || others.stream().allMatch(reads)) {
            return task;
        }
        ObjectNode copy = whole.deepCopy();
        ArrayNode after = copy.putArray("after");
        others.stream().filter(reads).forEach(after::add);
        if (copy.path("state").asString("").equals(TaskState.WAITING.name())) {
            copy.put("why", "Waits for other tasks.");
        }
        return copy;
    }
}

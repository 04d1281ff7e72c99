package studio.kiln.server.scheduler;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.TaskRow;

/** Says why a task waits, in one sentence. */
final class Reasons {
    private final Engines engines;

    Reasons(Engines engines) {
        this.engines = engines;
    }

    /** The sentence, or what was kept on the task when it does not wait. */
    @Nullable
    String why(StatelessSession tx, TaskRow task) {
        return switch (task.state) {
            case WAITING -> waiting(tx, task);
            case QUEUED -> task.planned ? queued(tx, task) : unplanned(tx, task);
            case RUNNING -> null;
            case PAUSE_REQUESTED -> "What renders now goes on to its end; then it is paused.";
            case CANCEL_REQUESTED -> "The nodes are stopping what renders.";
            default -> task.why;
        };
    }

    private static String waiting(StatelessSession tx, TaskRow task) {
        List<TaskRow> others = tx.createSelectionQuery(
                        "select o from TaskDependencyRow d join TaskRow o on o.id = d.afterTask where d.task = :task"
                                + " and o.state <> :succeeded order by o.number",
                        TaskRow.class)
                .setParameter("task", task.id)
                .setParameter("succeeded", TaskState.SUCCEEDED)
                .getResultList();
        List<String> names = others.stream()
                .map(other -> other.number + " (" + StateWord.of(other.state).word() + ")")
                .toList();
        return "Waits for task" + (names.size() == 1 ? " " : "s ") + Text.names(names) + ".";
    }

    private String unplanned(StatelessSession tx, TaskRow task) {
        ModelVersionRow version = tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, task.version);
        if (version != null && version.state == VersionState.INSPECTING) {
            return "Waits until the model has been looked into.";
        }
        return engines.usable().isEmpty() ? "Waits until a node says which Blender it has." : "Is being planned.";
    }

    private String queued(StatelessSession tx, TaskRow task) {
        Set<String> able = engines.nodesOf(task.pool);
        String blender = "Blender " + task.engineVersion
                + (task.device == null || task.device.equals("cpu") ? "" : " with a GPU");
        if (able.isEmpty()) {
            return task.tag == null
                    ? "No machine here has " + blender + " any more, which this task is pinned to."
                    : "No machine here has both the tag '" + task.tag + "' and " + blender
                            + ", which this task asks for.";
        }
        List<NodeRow> nodes = able.stream()
                .map(id -> tx.<@Nullable NodeRow>get(NodeRow.class, id))
                .filter(java.util.Objects::nonNull)
                .toList();
        List<NodeRow> aside = nodes.stream().filter(node -> node.setAside).toList();
        if (aside.size() == nodes.size() && !aside.isEmpty()) {
            return "The machine that could render it was set aside: " + aside.getFirst().why;
        }
        List<String> blocked = tx.createSelectionQuery(
                        "select node from NodeBlockRow where task = :task and blocked = true", String.class)
                .setParameter("task", task.id)
                .getResultList();
        if (nodes.stream().allMatch(node -> node.setAside || blocked.contains(node.id))) {
            return "Every machine that could render it has failed it too often.";
        }
        if (task.ready == 0 && task.retryWait > 0) {
            return retrying(tx, task);
        }
        return busy(tx, task, nodes);
    }

    private static String retrying(StatelessSession tx, TaskRow task) {
        Instant due = tx.createSelectionQuery(
                        "select min(notBefore) from ChunkRow where task = :task and state = :state", Instant.class)
                .setParameter("task", task.id)
                .setParameter("state", ChunkState.RETRY_WAIT)
                .getSingleResultOrNull();
        long seconds = due == null
                ? 0
                : Math.max(0, due.getEpochSecond() - Database.now(tx).getEpochSecond());
        String last = tx.createSelectionQuery(
                        "select message from AttemptRow where task = :task and message is not null order by createdAt desc",
                        String.class)
                .setParameter("task", task.id)
                .setMaxResults(1)
                .uniqueResult();
        return "Tries again in " + seconds + " s" + (last == null ? "." : ", after: " + last);
    }

    private static String busy(StatelessSession tx, TaskRow task, List<NodeRow> nodes) {
        int slots = nodes.stream()
                .filter(node -> !node.setAside)
                .mapToInt(node -> node.slots)
                .sum();
        Number active = tx.createSelectionQuery(
                        "select coalesce(sum(leased + running), 0) from TaskRow where state in :states", Number.class)
                .setParameter(
                        "states", List.of(TaskState.RUNNING, TaskState.PAUSE_REQUESTED, TaskState.CANCEL_REQUESTED))
                .getSingleResult();
        long before = tx.createSelectionQuery(
                        "select count(*) from TaskRow where pool = :pool and state = :queued and ready > 0"
                                + " and ((goNext = true and :next = false) or (goNext = :next"
                                + " and (taskRank > :rank or (taskRank = :rank and seq < :seq))))",
                        Long.class)
                .setParameter("pool", task.pool)
                .setParameter("queued", TaskState.QUEUED)
                .setParameter("next", task.goNext)
                .setParameter("rank", task.taskRank)
                .setParameter("seq", task.seq)
                .getSingleResult();
        if (active.longValue() < slots && before == 0) {
            return "Starts with the next free slot.";
        }
        return (slots == 1 ? "The one slot here is busy" : "All " + slots + " slots are busy")
                + (before == 0
                        ? "; it is next."
                        : before == 1 ? "; 1 task comes before it." : "; " + before + " tasks come before it.");
    }
}

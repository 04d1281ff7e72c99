package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.queue.JobQueue;

/** Tells everybody who has to know that a task changed: the outbox in the transaction, caches and the waiting nodes of every server after it. */
final class Notices {
    private final EventSink events;
    private final StatusCache cache;
    private final JobQueue queue;
    private final Backlog backlog;

    Notices(EventSink events, StatusCache cache, JobQueue queue, Backlog backlog) {
        this.events = events;
        this.cache = cache;
        this.queue = queue;
        this.backlog = backlog;
    }

    EventSink events() {
        return events;
    }

    /** Writes the task and its event; the last thing that a transaction does with it. */
    void save(LockedTask task) {
        task.save();
        events.record(task.tx(), "task", task.row().id, task.row().id, task.row().owner, null);
    }

    /**
     * As {@link #save(LockedTask)} for tasks that were locked together.
     *
     * @param also what happened besides
     */
    void save(StatelessSession tx, Collection<LockedTask> tasks, List<EventSink.Occurrence> also) {
        if (tasks.isEmpty()) {
            return;
        }
        List<EventSink.Occurrence> all = new ArrayList<>(also);
        for (LockedTask task : tasks) {
            task.save();
            TaskRow row = task.row();
            all.add(new EventSink.Occurrence("task", row.id, row.id, row.owner));
        }
        LockedTask any = tasks.iterator().next();
        any.flush();
        events.record(tx, any.now(), all);
    }

    /** A published picture. */
    static EventSink.Occurrence result(LockedTask task, String resultId) {
        return new EventSink.Occurrence("result", resultId, task.row().id, task.row().owner);
    }

    /** Writes that pictures are there. */
    void record(LockedTask task, List<EventSink.Occurrence> occurrences) {
        events.record(task.tx(), task.now(), occurrences);
    }

    /** Anything that is no task. */
    void changed(StatelessSession tx, String type, String subject, String owner) {
        events.record(tx, type, subject, null, owner, null);
    }

    /** Call it after the commit with what was changed. */
    void committed(LockedTask task) {
        committed(List.of(task));
    }

    /** As above, with all that the transaction has changed. */
    void committed(Collection<LockedTask> tasks) {
        if (tasks.isEmpty()) {
            return;
        }
        Set<String> pools = new HashSet<>();
        cache.outdate(tasks.stream().collect(Collectors.toMap(task -> task.row().id, task -> task.row().revision)));
        for (LockedTask task : tasks) {
            if (task.changesChoice()) {
                backlog.changed(task.poolBefore());
                backlog.changed(task.row().pool);
            }
            if (task.givesMore()) {
                pools.add(task.row().pool);
            }
        }
        events.committed();
        pools.forEach(queue::hint);
    }

    /** Call it after the commit when what nodes may get was changed by a statement over many tasks. */
    void ranksChanged() {
        backlog.changed();
    }

    /** Call it after the commit when no task was changed. */
    void committed() {
        events.committed();
    }

    /** Says that nodes may find work. */
    void workIsThere() {
        queue.hint("");
    }
}

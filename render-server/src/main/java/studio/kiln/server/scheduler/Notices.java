package studio.kiln.server.scheduler;

import org.hibernate.StatelessSession;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.queue.JobQueue;

/** Tells everybody who has to know that a task changed: the outbox in the transaction, caches and the waiting nodes of every server after it. */
final class Notices {
    private final EventSink events;
    private final StatusCache cache;
    private final JobQueue queue;

    Notices(EventSink events, StatusCache cache, JobQueue queue) {
        this.events = events;
        this.cache = cache;
        this.queue = queue;
    }

    EventSink events() {
        return events;
    }

    /** Writes the task and its event; the last thing that a transaction does with it. */
    void save(LockedTask task) {
        task.save();
        events.record(task.tx(), "task", task.row().id, task.row().id, task.row().owner, null);
    }

    /** A published picture. */
    void result(LockedTask task, String resultId) {
        events.record(task.tx(), "result", resultId, task.row().id, task.row().owner, null);
    }

    /** Anything that is no task. */
    void changed(StatelessSession tx, String type, String subject, String owner) {
        events.record(tx, type, subject, null, owner, null);
    }

    /** Call it after the commit with what was changed. */
    void committed(LockedTask task) {
        cache.outdate(task.row().id, task.row().revision);
        events.committed();
        if (task.state().isRunnable()) {
            queue.hint(task.row().pool);
        }
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

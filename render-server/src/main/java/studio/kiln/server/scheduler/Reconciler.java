package studio.kiln.server.scheduler;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.task.ChunkCounts;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.TaskState;
import studio.kiln.core.task.Transitions;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TaskRow;

/**
 * The repair pass: counts what the counters of open tasks should say and compares. Nothing needs it; what it mends is a
 * mistake elsewhere, so it says so loudly.
 */
public final class Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    private static final List<TaskState> OPEN =
            Arrays.stream(TaskState.values()).filter(state -> !state.isEnd()).toList();

    private final Database database;
    private final Notices notices;
    private final AtomicLong mended = new AtomicLong();

    Reconciler(Database database, Notices notices) {
        this.database = database;
        this.notices = notices;
    }

    /** How many tasks were mended since the start; stays 0 when nothing is wrong. */
    public long mended() {
        return mended.get();
    }

    /** Looks at every open task once; gives how many were mended. */
    public int pass() {
        List<String> ids = database.read(tx -> tx.createSelectionQuery(
                        "select id from TaskRow where state in :open and planned = true", String.class)
                .setParameter("open", OPEN)
                .getResultList());
        int count = 0;
        for (String id : ids) {
            count += check(id) ? 1 : 0;
        }
        return count;
    }

    /** Looks at one task, whatever its state. */
    public boolean check(String id) {
        // Nearly always all is right, and a lock is a write. What is just being changed is looked at again under its
        // lock.
        if (database.read(tx -> looksRight(tx, id))) {
            return false;
        }
        LockedTask task = database.<@Nullable LockedTask>tx(tx -> mend(tx, id));
        if (task == null) {
            return false;
        }
        mended.incrementAndGet();
        notices.committed(task);
        return true;
    }

    private static boolean looksRight(StatelessSession tx, String id) {
        TaskRow row = tx.<@Nullable TaskRow>get(TaskRow.class, id);
        if (row == null || !row.planned) {
            return true;
        }
        ChunkCounts counted = chunks(tx, id);
        return counted.equals(LockedTask.counts(row))
                && outputs(tx, id, "result is not null") == row.outputsDone
                && outputs(tx, id, "1 = 1") == row.outputs
                && Transitions.settle(row.state, counted) == row.state;
    }

    private @Nullable LockedTask mend(StatelessSession tx, String id) {
        LockedTask task = LockedTask.lock(tx, id).orElse(null);
        if (task == null || !task.row().planned) {
            return null;
        }
        TaskRow row = task.row();
        ChunkCounts counted = chunks(tx, id);
        int done = outputs(tx, id, "result is not null");
        int all = outputs(tx, id, "1 = 1");
        boolean right = counted.equals(task.chunks()) && done == row.outputsDone && all == row.outputs;
        if (right && Transitions.settle(row.state, counted) == row.state) {
            return null;
        }
        LOG.error(
                "Task {} was wrong and is mended: chunks {} should be {}, outputs done {} should be {}, state {}",
                row.number,
                task.chunks(),
                counted,
                row.outputsDone,
                done,
                row.state);
        task.recounted(counted);
        row.outputsDone = done;
        row.outputs = all;
        task.settle("repair", "The counters were wrong");
        notices.save(task);
        return task;
    }

    private static ChunkCounts chunks(StatelessSession tx, String task) {
        Map<ChunkState, Integer> counts = new EnumMap<>(ChunkState.class);
        tx.createSelectionQuery(
                        "select state, count(*) from ChunkRow where task = :task group by state", Object[].class)
                .setParameter("task", task)
                .getResultList()
                .forEach(row -> counts.put((ChunkState) row[0], ((Number) row[1]).intValue()));
        ChunkCounts all = ChunkCounts.NONE;
        for (Map.Entry<ChunkState, Integer> entry : counts.entrySet()) {
            all = all.plus(entry.getKey(), entry.getValue());
        }
        return all;
    }

    private static int outputs(StatelessSession tx, String task, String condition) {
        return tx.createSelectionQuery("select count(*) from OutputRow where task = :task and " + condition, Long.class)
                .setParameter("task", task)
                .getSingleResult()
                .intValue();
    }
}

package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.core.plan.ChunkPlan;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.ChunkTrigger;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.core.task.TaskTrigger;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.queue.Job;
import studio.kiln.server.queue.JobQueue;

/** What people do to tasks that are under way or over. */
final class Steering {
    private static final List<ChunkState> WAITING = List.of(ChunkState.READY, ChunkState.RETRY_WAIT);
    private static final int BATCH = 1_000;

    private final Database database;
    private final Notices notices;
    private final JobQueue queue;
    private final Consumer<Set<String>> onStop;

    /** @param onStop gets the attempts that nodes should stop, after the commit */
    Steering(Database database, Notices notices, JobQueue queue, Consumer<Set<String>> onStop) {
        this.database = database;
        this.notices = notices;
        this.queue = queue;
        this.onStop = onStop;
    }

    private LockedTask change(String act, String name, Function<LockedTask, LockedTask> change) {
        String id = Tasks.id(database, name);
        LockedTask task = database.tx(tx -> {
            LockedTask locked = LockedTask.lock(tx, id).orElseThrow(() -> Refusal.notFound("task", name));
            LockedTask changed = change.apply(locked);
            Acting.note(tx, act, "task", id, changed.row().name);
            notices.save(changed);
            return changed;
        });
        notices.committed(task);
        return task;
    }

    private static void trigger(LockedTask task, TaskTrigger trigger, String actor, String verb) {
        if (!task.trigger(trigger, actor, null)) {
            throw Refusal.conflict(
                    "WRONG_STATE",
                    "Task #" + task.row().number + " is "
                            + StateWord.of(task.state()).word() + "; it cannot be " + verb + " now.");
        }
    }

    void pause(String name, String actor) {
        change("task.pause", name, task -> {
            trigger(task, TaskTrigger.PAUSE, actor, "paused");
            task.row().why = "Paused by " + actor + ".";
            return task;
        });
    }

    void resume(String name, String actor) {
        change("task.resume", name, task -> {
            trigger(task, TaskTrigger.RESUME, actor, "resumed");
            task.row().why = null;
            await(task, actor);
            task.settle(actor, null);
            return task;
        });
    }

    private static void await(LockedTask task, String actor) {
        boolean waits = task.tx()
                        .createSelectionQuery(
                                "select count(*) from TaskDependencyRow d join TaskRow o on o.id = d.afterTask"
                                        + " where d.task = :task and o.state <> :succeeded",
                                Long.class)
                        .setParameter("task", task.row().id)
                        .setParameter("succeeded", TaskState.SUCCEEDED)
                        .getSingleResult()
                > 0;
        if (waits) {
            task.trigger(TaskTrigger.AWAIT, actor, "Tasks that it waits for have not succeeded yet");
        }
    }

    void cancel(String name, String actor) {
        Set<String> attempts = new HashSet<>();
        change("task.cancel", name, task -> {
            attempts.clear();
            trigger(task, TaskTrigger.CANCEL, actor, "cancelled");
            task.row().why = "Cancelled by " + actor + ".";
            cancelWaiting(task, actor);
            attempts.addAll(task.tx()
                    .createSelectionQuery(
                            "select attempt from ChunkRow where task = :task and state in :active", String.class)
                    .setParameter("task", task.row().id)
                    .setParameter("active", List.of(ChunkState.LEASED, ChunkState.RUNNING))
                    .getResultList());
            task.settle(actor, null);
            return task;
        });
        if (!attempts.isEmpty()) {
            onStop.accept(attempts);
        }
    }

    private static void cancelWaiting(LockedTask task, String actor) {
        for (ChunkState state : WAITING) {
            int n = task.tx()
                    .createMutationQuery("update ChunkRow set state = :cancelled, notBefore = null"
                            + " where task = :task and state = :state")
                    .setParameter("cancelled", ChunkState.CANCELLED)
                    .setParameter("task", task.row().id)
                    .setParameter("state", state)
                    .executeUpdate();
            task.moved(n, state, ChunkState.CANCELLED, actor, null);
        }
    }

    void priority(String name, int priority, String actor) {
        if (priority < 0 || priority > 100) {
            throw Refusal.unusable("BAD_REQUEST", "The priority is between 0 and 100, not " + priority + ".");
        }
        change("task.priority", name, task -> {
            TaskRow row = task.row();
            task.note(
                    actor,
                    "task",
                    row.id,
                    row.state.name(),
                    row.state.name(),
                    "Priority " + row.priority + " -> " + priority);
            row.taskRank += priority - row.priority;
            row.priority = priority;
            return task;
        });
    }

    void next(String name, boolean next, String actor) {
        change(next ? "task.next" : "task.in-turn", name, task -> {
            TaskRow row = task.row();
            if (task.state().isEnd()) {
                throw Refusal.conflict(
                        "WRONG_STATE",
                        "Task #" + row.number + " is "
                                + StateWord.of(task.state()).word()
                                + "; only what has not ended can go next. Requeue it first.");
            }
            if (row.goNext != next) {
                row.goNext = next;
                String said = next ? "Goes before all others" : "Goes in its turn again";
                task.note(actor, "task", row.id, row.state.name(), row.state.name(), said);
            }
            return task;
        });
    }

    void requeue(String name, Requeue what, String actor) {
        LockedTask changed = change("task.requeue", name, task -> {
            if (!task.state().isEnd()) {
                throw Refusal.conflict(
                        "WRONG_STATE",
                        "Task #" + task.row().number + " is "
                                + StateWord.of(task.state()).word()
                                + "; only what has ended can be tried again. Cancel it first, or wait.");
            }
            if (task.chunks().active() > 0) {
                throw Refusal.conflict(
                        "STOPPING",
                        "Nodes are still stopping what runs of task " + task.row().number
                                + "; try again in a few seconds.");
            }
            requeue(task, what, actor);
            return task;
        });
        if (!changed.row().planned) {
            queue.runNow(Job.plan(changed.row().id, changed.row().generation, changed.row().owner)
                    .id());
        }
        queue.wake();
    }

    private void requeue(LockedTask task, Requeue what, String actor) {
        TaskRow row = task.row();
        int again = 0;
        if (row.planned) {
            if (what.frames() != null) {
                again = renderAgain(task, frames(task, what.frames()), actor);
            }
            again += tryAgain(task, actor);
            if (again == 0) {
                throw Refusal.conflict(
                        "NOTHING_MISSING",
                        "Nothing of task " + row.number
                                + " is missing; name the frames that should be rendered again.");
            }
        }
        row.generation++;
        row.outputsFailed = 0;
        row.why = null;
        row.taskRank = row.priority;
        row.goNext = false;
        trigger(task, TaskTrigger.REQUEUE, actor, "tried again");
        await(task, actor);
        task.settle(actor, null);
        if (!row.planned) {
            queue.put(task.tx(), Job.plan(row.id, row.generation, row.owner));
        }
    }

    private static FrameSet frames(LockedTask task, String text) {
        String known = task.row().frames == null ? "" : task.row().frames;
        try {
            FrameSet own = FrameSet.parse(known, FrameSet.of(List.of(1)));
            FrameSet wanted = FrameSet.parse(text, own);
            if (wanted.frames().stream().noneMatch(own.frames()::contains)) {
                throw Refusal.unusable(
                        "BAD_FRAMES",
                        "Task #" + task.row().number + " has the frames " + known + "; none of " + wanted
                                + " is among them.");
            }
            return wanted;
        } catch (BadFrames e) {
            throw Refusal.unusable("BAD_FRAMES", String.valueOf(e.getMessage()));
        }
    }

    // Every chunk that ended without all its outputs. Those that were ready when the task was refused still are.
    private static int tryAgain(LockedTask task, String actor) {
        int again = task.chunks().ready() + task.chunks().retryWait();
        for (ChunkState state : List.of(ChunkState.FAILED, ChunkState.CANCELLED)) {
            int n = task.tx()
                    .createMutationQuery("update ChunkRow set state = :ready, failures = 0, lostLeases = 0,"
                            + " notBefore = null where task = :task and state = :state")
                    .setParameter("ready", ChunkState.READY)
                    .setParameter("task", task.row().id)
                    .setParameter("state", state)
                    .executeUpdate();
            task.moved(n, state, ChunkState.READY, actor, "requeued");
            again += n;
        }
        task.tx()
                .createMutationQuery("update OutputRow set failed = false where task = :task and failed = true")
                .setParameter("task", task.row().id)
                .executeUpdate();
        task.tx()
                .createMutationQuery("delete NodeBlockRow where task = :task")
                .setParameter("task", task.row().id)
                .executeUpdate();
        return again;
    }

    // The old pictures go, for an output has one result; their chunks are ready again, or get made.
    private static int renderAgain(LockedTask task, FrameSet frames, String actor) {
        StatelessSession tx = task.tx();
        List<OutputRow> outputs = new ArrayList<>();
        List<Integer> wanted = frames.frames();
        for (int from = 0; from < wanted.size(); from += BATCH) {
            outputs.addAll(tx.createSelectionQuery(
                            "from OutputRow where task = :task and frame in :frames and result is not null"
                                    + " order by variant, frame, layer, stereoView, part",
                            OutputRow.class)
                    .setParameter("task", task.row().id)
                    .setParameter("frames", wanted.subList(from, Math.min(wanted.size(), from + BATCH)))
                    .getResultList());
        }
        Map<String, Integer> byChunk = new HashMap<>();
        List<OutputRow> homeless = new ArrayList<>();
        for (OutputRow output : outputs) {
            task.row().outputsReused -= forget(tx, output) ? 1 : 0;
            task.row().outputsDone--;
            if (output.chunk == null) {
                homeless.add(output);
            } else {
                byChunk.merge(output.chunk, 1, Integer::sum);
            }
        }
        for (Map.Entry<String, Integer> entry : byChunk.entrySet()) {
            ChunkRow chunk = tx.get(ChunkRow.class, entry.getKey());
            chunk.outputsDone -= entry.getValue();
            chunk.failures = 0;
            chunk.lostLeases = 0;
            if (chunk.state.isEnd()) {
                task.move(chunk, ChunkTrigger.REQUEUE, actor, "requeued");
            } else {
                tx.createMutationQuery("update ChunkRow set outputsDone = :done where id = :id")
                        .setParameter("done", chunk.outputsDone)
                        .setParameter("id", chunk.id)
                        .executeUpdate();
            }
        }
        house(task, homeless);
        task.row().newestResult = newest(tx, task.row().id);
        return outputs.size();
    }

    // Says whether the picture had been reused.
    private static boolean forget(StatelessSession tx, OutputRow output) {
        boolean reused = tx.createSelectionQuery(
                                "select count(*) from ResultRow where output = :output and slot = '' and reused = true",
                                Long.class)
                        .setParameter("output", output.id)
                        .getSingleResult()
                > 0;
        tx.createMutationQuery("update OutputRow set result = null where id = :id")
                .setParameter("id", output.id)
                .executeUpdate();
        tx.createMutationQuery("delete ResultRow where output = :output")
                .setParameter("output", output.id)
                .executeUpdate();
        output.result = null;
        return reused;
    }

    // Reused pictures never had a chunk.
    private static void house(LockedTask task, List<OutputRow> outputs) {
        if (outputs.isEmpty()) {
            return;
        }
        StatelessSession tx = task.tx();
        Integer last = tx.createSelectionQuery("select max(ordinal) from ChunkRow where task = :task", Integer.class)
                .setParameter("task", task.row().id)
                .getSingleResultOrNull();
        int ordinal = last == null ? 0 : last + 1;
        Map<OutputKey, OutputRow> byKey = new HashMap<>();
        outputs.forEach(output -> byKey.put(PlanWriter.key(output), output));
        List<ChunkRow> chunks = new ArrayList<>();
        outputs.stream().map(output -> output.variant).distinct().sorted().forEach(variant -> {
            List<OutputKey> keys = outputs.stream()
                    .filter(output -> output.variant == variant)
                    .map(PlanWriter::key)
                    .toList();
            for (List<OutputKey> cut : ChunkPlan.cut(keys, ChunkPlan.UNMEASURED, false)) {
                chunks.add(PlanWriter.chunk(task.row().id, ordinal + chunks.size(), cut, byKey));
            }
        });
        tx.insertMultiple(chunks);
        for (OutputRow output : outputs) {
            tx.createMutationQuery("update OutputRow set chunk = :chunk, ordinal = :ordinal where id = :id")
                    .setParameter("chunk", output.chunk)
                    .setParameter("ordinal", output.ordinal)
                    .setParameter("id", output.id)
                    .executeUpdate();
        }
        task.added(chunks.size());
    }

    private static @Nullable String newest(StatelessSession tx, String task) {
        return tx.createSelectionQuery(
                        "select id from ResultRow where task = :task and slot = '' order by id desc", String.class)
                .setParameter("task", task)
                .setMaxResults(1)
                .uniqueResult();
    }
}

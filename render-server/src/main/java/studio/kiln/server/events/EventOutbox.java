package studio.kiln.server.events;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.server.persistence.Batch;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EventRow;
import tools.jackson.databind.node.ObjectNode;

/** Writes events into their transaction, and sends progress and log lines at a pace that listeners bear. */
public final class EventOutbox implements EventSink, AutoCloseable {
    /** Progress of one task goes out at most once in this time. */
    public static final Duration PACE = Duration.ofMillis(250);

    private static final int MOST_LINES = 10;

    private final EventHub hub;
    private final Runnable committed;
    private final Cache<String, Paced> paced =
            Caffeine.newBuilder().expireAfterAccess(Duration.ofMinutes(2)).build();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-pace").factory());

    public EventOutbox(EventHub hub, Sequencer sequencer) {
        this.hub = hub;
        this.committed = sequencer::wake;
    }

    @Override
    public void record(
            StatelessSession tx,
            String type,
            String subjectId,
            @Nullable String taskId,
            String owner,
            @Nullable Object data) {
        EventRow row = new EventRow();
        row.type = type;
        row.subject = subjectId;
        row.task = taskId;
        row.owner = owner;
        row.data = data == null ? null : ApiJson.LENIENT.writeValueAsString(data);
        row.createdAt = Database.now(tx);
        tx.insert(row);
    }

    @Override
    public void record(StatelessSession tx, Instant at, List<Occurrence> occurrences) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Occurrence one : occurrences) {
            rows.add(new @Nullable Object[] {one.type(), one.subjectId(), one.taskId(), one.owner(), at});
        }
        Batch.run(tx, "insert into event (type, subject, task, owner, created_at) values (?, ?, ?, ?, ?)", rows);
    }

    @Override
    public void committed() {
        committed.run();
    }

    @Override
    public void progress(FrameProgress progress) {
        paced.get(progress.taskId(), Paced::new).progress(progress);
    }

    @Override
    public void log(String taskId, LogLine line) {
        paced.get(taskId, Paced::new).log(line);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private final class Paced {
        private final String task;
        private @Nullable FrameProgress waiting;
        private long sent = System.nanoTime() - PACE.toNanos();
        private long window = sent;
        private int lines;
        private boolean scheduled;

        Paced(String task) {
            this.task = task;
        }

        synchronized void progress(FrameProgress progress) {
            waiting = progress;
            long left = sent + PACE.toNanos() - System.nanoTime();
            if (left <= 0) {
                send();
            } else if (!scheduled) {
                scheduled = true;
                timer.schedule(this::later, left, TimeUnit.NANOSECONDS);
            }
        }

        private synchronized void later() {
            scheduled = false;
            send();
        }

        private void send() {
            FrameProgress progress = waiting;
            if (progress == null) {
                return;
            }
            waiting = null;
            sent = System.nanoTime();
            hub.live(
                    new ServerEvent(null, "progress", task, Instant.now(), ApiJson.LENIENT.valueToTree(progress)),
                    task);
        }

        // The log itself keeps every line; listeners get the first of a burst.
        synchronized void log(LogLine line) {
            long now = System.nanoTime();
            if (now - window > PACE.toNanos()) {
                window = now;
                lines = 0;
            }
            if (++lines > MOST_LINES) {
                return;
            }
            ObjectNode data = ApiJson.LENIENT.valueToTree(line);
            data.put("taskId", task);
            hub.live(new ServerEvent(null, "log", task, line.at(), data), task);
        }
    }
}

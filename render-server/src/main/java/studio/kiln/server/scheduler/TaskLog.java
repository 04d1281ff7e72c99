package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.LogLine;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.persistence.Batch;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TaskLogRow;

/** The log of tasks: written in batches, because lines come by the hundred and each commit costs a write to the disk. */
final class TaskLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TaskLog.class);
    /** So many lines of one attempt are kept; the file that the node keeps has them all. */
    static final int MOST_LINES = 2_000;

    private static final int MOST_WAITING = 20_000;

    private final Database database;
    private final EventSink events;
    private final List<TaskLogRow> waiting = new ArrayList<>();
    private final Cache<String, int[]> lines =
            Caffeine.newBuilder().expireAfterAccess(Duration.ofHours(1)).build();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-log").factory());

    TaskLog(Database database, EventSink events) {
        this.database = database;
        this.events = events;
    }

    void start() {
        timer.scheduleWithFixedDelay(this::flush, 250, 250, TimeUnit.MILLISECONDS);
    }

    void add(String task, String attempt, String level, String message) {
        int[] count = lines.get(attempt, id -> new int[1]);
        TaskLogRow row = new TaskLogRow();
        row.task = task;
        row.attempt = attempt;
        row.at = Instant.now();
        row.level = level;
        row.message = Text.cut(message, Text.LONG);
        synchronized (waiting) {
            if (count[0]++ >= MOST_LINES || waiting.size() >= MOST_WAITING) {
                return;
            }
            waiting.add(row);
        }
        events.log(task, new LogLine(row.at, attempt, level, row.message));
    }

    /** Writes what waits. */
    void flush() {
        List<TaskLogRow> batch;
        synchronized (waiting) {
            batch = List.copyOf(waiting);
            waiting.clear();
        }
        if (batch.isEmpty()) {
            return;
        }
        try {
            List<@Nullable Object[]> rows = batch.stream()
                    .map(row -> new @Nullable Object[] {row.task, row.attempt, row.at, row.level, row.message})
                    .toList();
            database.run(tx -> Batch.run(
                    tx, "insert into task_log (task, attempt, at, level, message) values (?, ?, ?, ?, ?)", rows));
        } catch (RuntimeException e) {
            LOG.warn("{} lines of the log of tasks could not be kept", batch.size(), e);
        }
    }

    @Override
    public void close() {
        timer.shutdown();
        flush();
    }
}

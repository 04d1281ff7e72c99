package studio.kiln.desktop.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Gathers changes and hands them over together, at most once in every interval. Of several changes of one task, model or
 * engine only the newest is handed over; results and log lines all are. May be fed from any thread.
 */
final class Coalescer implements AutoCloseable {
    private final Executor ui;
    private final Duration interval;
    private final Consumer<List<Change>> receiver;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("studio-feed").factory());
    private final Map<Object, Change> pending = new LinkedHashMap<>();
    private boolean scheduled;
    private long serial;

    Coalescer(Executor ui, Duration interval, Consumer<List<Change>> receiver) {
        this.ui = ui;
        this.interval = interval;
        this.receiver = receiver;
    }

    void add(Change change) {
        synchronized (pending) {
            if (change instanceof Change.Reset) {
                pending.clear();
            }
            pending.put(keyOf(change), change);
            if (!scheduled && !timer.isShutdown()) {
                scheduled = true;
                timer.schedule(this::flush, interval.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    private Object keyOf(Change change) {
        return switch (change) {
            case Change.OfTask task -> "task " + task.task().id();
            case Change.OfProgress progress -> "progress " + progress.progress().taskId();
            case Change.OfModel model -> "model " + model.model().id();
            case Change.ModelGone gone -> "model " + gone.id();
            case Change.OfEngine engine -> "engine " + engine.engine().id();
            case Change.OfResult result -> serial++;
            case Change.OfLog log -> serial++;
            case Change.Reset reset -> "reset";
        };
    }

    private void flush() {
        List<Change> batch;
        synchronized (pending) {
            batch = new ArrayList<>(pending.values());
            pending.clear();
            scheduled = false;
        }
        ui.execute(() -> receiver.accept(batch));
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}

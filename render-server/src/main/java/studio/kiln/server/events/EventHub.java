package studio.kiln.server.events;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.server.ops.RecurringFailure;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EventRow;
import studio.kiln.server.queue.Signal;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hands events to whoever listens: numbered ones in order and without a gap, from any number on that is still kept;
 * progress and log lines as they come. Safe for any number of threads.
 */
public final class EventHub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
    private static final int TAIL = 2_000;
    private static final int BATCH = 200;
    private static final int MOST_LIVE = 500;
    private static final Duration POLL = Duration.ofSeconds(2);

    private final RecurringFailure failure = new RecurringFailure(LOG, "Events could not be read");
    private final Database database;
    private final ViewReader views;
    private final FanOut others;
    private final Signal rows = new Signal();
    private final Set<Listening> listeners = ConcurrentHashMap.newKeySet();
    private final ExecutorService reader = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("kiln-events").factory());
    private volatile Consumer<Set<String>> tasks = changed -> {};
    private volatile Consumer<ServerEvent> elsewhere = event -> {};
    private final Object lock = new Object();
    private final ArrayDeque<Numbered> tail = new ArrayDeque<>();
    private long last;
    private volatile boolean open = true;

    /** An event with its number and the task that it belongs to. */
    private record Numbered(long seq, @Nullable String task, ServerEvent event) {}

    /** The hub of a server that is alone. */
    public EventHub(Database database, ViewReader views) {
        this(database, views, FanOut.NOBODY);
    }

    /** @param others the other servers of the same database; closed by whoever made it */
    public EventHub(Database database, ViewReader views, FanOut others) {
        this.database = database;
        this.views = views;
        this.others = others;
    }

    /** Who is told which tasks have changed, here or on another server; set before {@link #start}. Must not throw. */
    public void onTasks(Consumer<Set<String>> listener) {
        tasks = listener;
    }

    /** Who gets what other servers send and do not keep; set before the sequencer starts. Must not throw. */
    public void onElsewhere(Consumer<ServerEvent> listener) {
        elsewhere = listener;
    }

    public void start() {
        synchronized (lock) {
            last = database.read(EventHub::newest);
        }
        reader.execute(this::read);
    }

    /** Says that events got their numbers. */
    void numbered() {
        rows.raise();
        others.numbered();
    }

    /** Asks the server that gives the numbers to do so soon. */
    void wanted() {
        others.wanted();
    }

    /** Sends something that is not kept. */
    void live(ServerEvent event, String task) {
        show(event, task);
        others.live(event, task);
    }

    private void show(ServerEvent event, String task) {
        listeners.forEach(listener -> listener.offer(event, task));
    }

    /** What other servers say goes to this one's listeners; {@code wanted} is called when one of them waits for numbers. */
    void hear(Runnable wanted) {
        others.start(new FanOut.Receiver() {
            @Override
            public void wanted() {
                wanted.run();
            }

            @Override
            public void numbered() {
                rows.raise();
            }

            @Override
            public void live(ServerEvent event, String task) {
                elsewhere.accept(event);
                show(event, task);
            }
        });
    }

    /** The number of the newest event; a snapshot that is read after this call holds everything up to it. */
    public long newest() {
        synchronized (lock) {
            return last;
        }
    }

    /**
     * Begins to listen. The listener is called on a thread of its own, never by two at once; it may block, and then falls
     * behind alone. When it throws, the listening ends.
     *
     * @param after number of the last event that the listener knows, or null for what comes from now on; when it is not
     *     kept any more the listener first gets {@code reset} with the newest number
     * @param taskId only what belongs to this task, or null for everything
     */
    public Subscription listen(@Nullable Long after, @Nullable String taskId, Listener listener) {
        Listening listening = new Listening(taskId, listener, after == null ? newest() : after, after != null);
        listeners.add(listening);
        listening.thread = Thread.ofVirtual().name("kiln-listener").start(listening::run);
        return listening;
    }

    /** Takes events. */
    @FunctionalInterface
    public interface Listener {
        void take(ServerEvent event) throws Exception;
    }

    /** Something that listens until it is closed. */
    public interface Subscription extends AutoCloseable {
        @Override
        void close();

        boolean isOpen();
    }

    private void read() {
        while (open) {
            long seen = rows.version();
            try {
                boolean more = readBatch();
                failure.worked();
                if (!more) {
                    rows.await(seen, POLL);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!open) {
                    return;
                }
                failure.failed(e);
                pause();
            }
        }
    }

    private boolean readBatch() {
        long from = newest();
        // Views are read for those who listen; without any it is enough to know how far the numbers go.
        boolean heard = !listeners.isEmpty();
        List<EventRow> rows = rows(from);
        List<Numbered> fresh = heard ? withViews(rows) : List.of();
        if (rows.isEmpty()) {
            return false;
        }
        tasks.accept(rows.stream()
                .filter(row -> row.type.equals("task"))
                .map(row -> row.subject)
                .collect(Collectors.toSet()));
        synchronized (lock) {
            if (heard) {
                tail.addAll(fresh);
            } else {
                tail.clear();
            }
            last = seq(rows.getLast());
            while (tail.size() > TAIL) {
                tail.removeFirst();
            }
        }
        listeners.forEach(Listening::nudge);
        return true;
    }

    private static long seq(EventRow row) {
        return row.seq == null ? 0 : row.seq;
    }

    /** Numbered events without a gap among them, from there on. */
    private List<EventRow> rows(long after) {
        List<EventRow> found = database.read(
                tx -> tx.createSelectionQuery("from EventRow where seq > :after order by seq", EventRow.class)
                        .setParameter("after", after)
                        .setMaxResults(BATCH)
                        .getResultList());
        for (int i = 1; i < found.size(); i++) {
            if (seq(found.get(i)) != seq(found.get(i - 1)) + 1) {
                return found.subList(0, i);
            }
        }
        return found;
    }

    private List<Numbered> load(long after) {
        return withViews(rows(after));
    }

    private List<Numbered> withViews(List<EventRow> rows) {
        // Several events about one thing in one batch show the same newest view, which is read once.
        Map<String, JsonNode> read = new HashMap<>();
        List<Numbered> events = new ArrayList<>();
        for (EventRow row : rows) {
            JsonNode data = row.data != null
                    ? ApiJson.LENIENT.readTree(row.data)
                    : read.computeIfAbsent(row.type + ' ' + row.subject, key -> view(row.type, row.subject, row.task));
            long seq = seq(row);
            events.add(new Numbered(seq, row.task, new ServerEvent(seq, row.type, row.subject, row.createdAt, data)));
        }
        return events;
    }

    private JsonNode view(String type, String subject, @Nullable String task) {
        Object view = views.read(type, subject);
        if (view != null) {
            return ApiJson.LENIENT.valueToTree(view);
        }
        ObjectNode gone =
                JsonNodeFactory.instance.objectNode().put("id", subject).put("deleted", true);
        return task == null ? gone : gone.put("taskId", task);
    }

    private static long newest(StatelessSession tx) {
        Long seq = tx.createSelectionQuery("select max(seq) from EventRow", Long.class)
                .getSingleResultOrNull();
        return seq == null ? counted(tx) : seq;
    }

    private static long counted(StatelessSession tx) {
        return tx.createSelectionQuery("select last from CounterRow where name = 'event'", Long.class)
                .getSingleResult();
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        open = false;
        rows.raise();
        listeners.forEach(Listening::close);
        reader.close();
    }

    private final class Listening implements Subscription {
        private final @Nullable String task;
        private final Listener listener;
        private final boolean resuming;
        private final Signal work = new Signal();
        // By kind and task: a newer one replaces the one that was not taken yet. Log lines each have a key of their
        // own.
        private final Map<String, ServerEvent> live = new LinkedHashMap<>();
        private long position;
        private long lines;
        private volatile boolean listening = true;
        private @Nullable Thread thread;

        Listening(@Nullable String task, Listener listener, long position, boolean resuming) {
            this.task = task;
            this.listener = listener;
            this.position = position;
            this.resuming = resuming;
        }

        void offer(ServerEvent event, String of) {
            if (task != null && !task.equals(of)) {
                return;
            }
            synchronized (live) {
                String key = event.type().equals("log") ? "log " + ++lines : event.type() + ' ' + of;
                live.remove(key);
                if (live.size() < MOST_LIVE) {
                    live.put(key, event);
                }
            }
            work.raise();
        }

        void nudge() {
            work.raise();
        }

        private void run() {
            try {
                if (resuming) {
                    resetIfTooLate();
                }
                while (listening) {
                    long seen = work.version();
                    boolean some = takeNumbered();
                    some |= takeLive();
                    if (!some) {
                        work.await(seen, Duration.ofMinutes(1));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.debug("A listener to events went away", e);
            } finally {
                listening = false;
                listeners.remove(this);
            }
        }

        private void resetIfTooLate() throws Exception {
            long newest = newest();
            if (position > newest) {
                // Another server may have told what this one has not read yet.
                newest = database.read(EventHub::newest);
            }
            Long oldest = database.<@Nullable Long>read(
                    tx -> tx.createSelectionQuery("select min(seq) from EventRow", Long.class)
                            .getSingleResultOrNull());
            boolean kept = position <= newest && (position == newest || (oldest != null && oldest <= position + 1));
            if (!kept) {
                position = newest;
                listener.take(
                        new ServerEvent(newest, "reset", null, Instant.now(), JsonNodeFactory.instance.objectNode()));
            }
        }

        private boolean takeNumbered() throws Exception {
            boolean some = false;
            for (List<Numbered> batch = next(); !batch.isEmpty() && listening; batch = next()) {
                for (Numbered event : batch) {
                    if (task == null || task.equals(event.task)) {
                        listener.take(event.event);
                    }
                    position = event.seq;
                    some = true;
                }
            }
            return some;
        }

        private List<Numbered> next() {
            synchronized (lock) {
                if (position >= last) {
                    return List.of();
                }
                if (!tail.isEmpty() && tail.getFirst().seq <= position + 1) {
                    return tail.stream()
                            .filter(event -> event.seq > position)
                            .limit(BATCH)
                            .toList();
                }
            }
            return load(position);
        }

        private boolean takeLive() throws Exception {
            List<ServerEvent> batch;
            synchronized (live) {
                batch = List.copyOf(live.values());
                live.clear();
            }
            for (ServerEvent event : batch) {
                listener.take(event);
            }
            return !batch.isEmpty();
        }

        @Override
        public boolean isOpen() {
            return listening;
        }

        @Override
        public void close() {
            listening = false;
            work.raise();
            Thread running = thread;
            if (running != null && running != Thread.currentThread()) {
                running.interrupt();
            }
        }
    }
}

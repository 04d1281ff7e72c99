package studio.kiln.server.cli.render;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.EventStream;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.Unreachable;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Text;

/**
 * Follows one task to its end: by the event stream, which is opened again after the last number seen whenever it breaks,
 * and by asking while no event comes. Nothing is missed and no picture is told twice, also when the server is restarted.
 */
public final class TaskFollower {
    private static final Logger LOG = LoggerFactory.getLogger(TaskFollower.class);
    /** Asked anyway when nothing was heard for so long. */
    private static final Duration QUIET = Duration.ofSeconds(5);

    private static final Duration QUIET_WITHOUT_STREAM = Duration.ofSeconds(1);
    /** A silence is worth a word, and a search for the server, from here on. */
    private static final Duration NOTICEABLE = Duration.ofSeconds(3);

    private static final int PAGE = 200;

    private sealed interface Message {
        record Event(ServerEvent event) implements Message {}

        record Opened() implements Message {}

        record Broke() implements Message {}

        record Cancel() implements Message {}
    }

    private final Connection connection;
    private final String taskId;
    private final Watcher watcher;
    private final Duration patience;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final Set<String> told = new HashSet<>();
    private final Object streamLock = new Object();

    private @Nullable EventStream stream;
    private volatile boolean over;
    private volatile @Nullable Long lastSeen;
    private boolean streaming;
    private @Nullable String cursor;
    private @Nullable TaskView newest;
    private long heard = System.nanoTime();
    private boolean silent;
    private boolean cancelWanted;
    private boolean cancelSent;
    private long cancelDeadline;

    /**
     * @param patience how long no server may answer before it is given up
     */
    public TaskFollower(Connection connection, String taskId, Watcher watcher, Duration patience) {
        this.connection = connection;
        this.taskId = taskId;
        this.watcher = watcher;
        this.patience = patience;
    }

    /** From any thread: cancel the task, and follow it a few seconds more until it is seen to be cancelled. */
    public void cancel() {
        messages.add(new Message.Cancel());
    }

    /**
     * Follows to the end.
     *
     * @return the task in its end state; after {@link #cancel} perhaps in the state before it
     * @throws CliFailure when no server answered for longer than the patience, or the task is gone
     */
    public TaskView follow() throws InterruptedException {
        Thread reader = Thread.ofVirtual().name("events of " + taskId).start(this::read);
        try {
            while (true) {
                if (cancelWanted && System.nanoTime() > cancelDeadline && newest != null) {
                    return newest;
                }
                Message message = messages.poll(pause().toMillis(), TimeUnit.MILLISECONDS);
                try {
                    handle(message);
                    if (cancelWanted && !cancelSent) {
                        sendCancel();
                    }
                    if (newest != null && newest.state().isEnd()) {
                        tellResults();
                        return newest;
                    }
                } catch (Unreachable e) {
                    LOG.debug("No answer: {}", e.getMessage());
                    silent();
                }
            }
        } finally {
            over = true;
            closeStream();
            reader.interrupt();
        }
    }

    private Duration pause() {
        if (cancelWanted) {
            return Duration.ofMillis(300);
        }
        return streaming && !silent ? QUIET : QUIET_WITHOUT_STREAM;
    }

    private void handle(@Nullable Message message) {
        switch (message) {
            case null -> ask();
            case Message.Opened() -> {
                streaming = true;
                ask();
            }
            case Message.Broke() -> {
                streaming = false;
                ask();
            }
            case Message.Cancel() -> {
                cancelWanted = true;
                cancelDeadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            }
            case Message.Event(ServerEvent event) -> event(event);
        }
    }

    private void event(ServerEvent event) {
        answered();
        switch (event.type()) {
            case "task" -> task(ApiJson.LENIENT.treeToValue(event.data(), TaskView.class));
            case "result" -> tell(ApiJson.LENIENT.treeToValue(event.data(), ResultView.class));
            case "progress" -> {
                FrameProgress progress = ApiJson.LENIENT.treeToValue(event.data(), FrameProgress.class);
                if (progress.taskId().equals(taskId)) {
                    watcher.progress(progress);
                }
            }
            case "reset" -> ask();
            default -> LOG.trace("An event of type {} is of no interest here", event.type());
        }
    }

    private void ask() {
        try {
            TaskView view = connection.client().task(taskId);
            answered();
            task(view);
            tellResults();
        } catch (ApiException e) {
            if (e.status() >= 500) {
                LOG.debug("The server is in trouble: {}", e.getMessage());
                silent();
                return;
            }
            throw e;
        }
    }

    private void task(TaskView view) {
        if (!view.id().equals(taskId)) {
            return;
        }
        if (newest == null || view.revision() >= newest.revision()) {
            newest = view;
            watcher.task(view);
        }
    }

    private void tellResults() {
        Page<ResultView> page;
        do {
            page = connection.client().results(taskId, cursor, PAGE);
            page.items().forEach(this::tell);
            if (page.next() != null) {
                cursor = page.next();
            }
        } while (page.next() != null);
    }

    private void tell(ResultView result) {
        if (result.taskId().equals(taskId) && told.add(result.id())) {
            watcher.published(result);
        }
    }

    private void sendCancel() {
        try {
            newest = connection.client().cancel(taskId);
            cancelSent = true;
            watcher.task(newest);
        } catch (ApiException e) {
            // it has ended by itself meanwhile, which the next answer tells
            LOG.debug("Nothing to cancel: {}", e.getMessage());
            cancelSent = true;
            ask();
        }
    }

    private void answered() {
        heard = System.nanoTime();
        if (silent) {
            silent = false;
            watcher.answersAgain();
        }
    }

    private void silent() {
        Duration since = Duration.ofNanos(System.nanoTime() - heard);
        if (since.compareTo(patience) > 0) {
            throw new CliFailure(
                    ExitCode.FAILED,
                    "SERVER_UNREACHABLE",
                    "The server at " + connection.client().address() + " has not answered for "
                            + Text.seconds(since.toMillis() / 1000.0)
                            + ". The task is kept there and goes on when the server does; see it with 'kiln tasks show "
                            + taskId + "'.");
        }
        if (since.compareTo(NOTICEABLE) < 0) {
            return;
        }
        silent = true;
        watcher.silence(since, patience);
        try {
            connection.renew();
        } catch (IOException e) {
            LOG.debug("No local server can be reached: {}", e.getMessage());
        }
    }

    private void read() {
        long pause = 100;
        while (!over) {
            try (EventStream events = connection.client().events(taskId, lastSeen)) {
                synchronized (streamLock) {
                    stream = events;
                }
                if (over) {
                    return;
                }
                messages.add(new Message.Opened());
                pause = 100;
                for (Optional<ServerEvent> next = events.next(); next.isPresent(); next = events.next()) {
                    ServerEvent event = next.get();
                    if (event.seq() != null) {
                        lastSeen = event.seq();
                    }
                    messages.add(new Message.Event(event));
                }
            } catch (Unreachable | ApiException e) {
                LOG.debug("The event stream ended: {}", e.getMessage());
            }
            if (over) {
                return;
            }
            messages.add(new Message.Broke());
            try {
                TimeUnit.MILLISECONDS.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
            pause = Math.min(3000, pause * 2);
        }
    }

    private void closeStream() {
        synchronized (streamLock) {
            if (stream != null) {
                stream.close();
            }
        }
    }
}

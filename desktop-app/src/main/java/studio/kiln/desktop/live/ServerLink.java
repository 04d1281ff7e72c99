package studio.kiln.desktop.live;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.EventStream;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.Unreachable;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Finds the server, holds the client, follows the events and finds the server again when the line breaks. What arrives is
 * handed over on the FX thread in batches, at most ten a second. After every gap a {@link Change.Reset} tells that all is
 * to be read anew.
 */
public final class ServerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);
    private static final Duration BATCH = Duration.ofMillis(100);
    private static final int TRIES_BEFORE_SEARCH = 3;

    private final Callable<ServerAddress> finder;
    private final Background background;
    private final Clock clock;
    private final Coalescer coalescer;
    private final List<Consumer<List<Change>>> listeners = new CopyOnWriteArrayList<>();
    private final ReadOnlyObjectWrapper<Line> line;
    private volatile @Nullable KilnClient client;
    private volatile @Nullable EventStream stream;
    private final ReadOnlyObjectWrapper<Boolean> signedOut = new ReadOnlyObjectWrapper<>(this, "signedOut", false);
    private final Semaphore hurry = new Semaphore(0);
    private volatile boolean closed;
    private @Nullable Future<?> follower;

    /** @param finder gives the address of a server that runs, starting one if there is none; may take its time */
    public ServerLink(Callable<ServerAddress> finder, Background background, Clock clock) {
        this.finder = finder;
        this.background = background;
        this.clock = clock;
        this.line = new ReadOnlyObjectWrapper<>(this, "line", new Line(Line.State.STARTING, clock.instant(), null));
        this.coalescer =
                new Coalescer(background.ui(), BATCH, batch -> listeners.forEach(listener -> listener.accept(batch)));
    }

    /** Begins to follow. */
    public void start() {
        follower = background.run(
                () -> {
                    follow();
                    return true;
                },
                done -> {},
                problem -> line.set(new Line(Line.State.STALE, clock.instant(), problem)));
    }

    /** Called on the FX thread with what changed. */
    public void listen(Consumer<List<Change>> listener) {
        listeners.add(listener);
    }

    public ReadOnlyObjectProperty<Line> lineProperty() {
        return line.getReadOnlyProperty();
    }

    /** Whether the server wants to know who one is. */
    public ReadOnlyObjectProperty<Boolean> signedOutProperty() {
        return signedOut.getReadOnlyProperty();
    }

    /**
     * Opens a session on the server, and has the line tried again at once. Blocks: background work.
     *
     * @param keep gets the address with the token, before the line is tried; the finder is to give it from then on
     */
    public void signIn(SignIn who, Consumer<ServerAddress> keep) throws Exception {
        URI base = finder.call().base();
        try (KilnClient stranger = new KilnClient(new ServerAddress(base, ""))) {
            keep.accept(new ServerAddress(base, stranger.signIn(who).token()));
        }
        hurry.release();
    }

    /** The client. Throws {@link Unreachable} while no server was found; call it from background work. */
    public KilnClient client() {
        KilnClient now = client;
        if (now == null) {
            throw new Unreachable("No server was found yet.", new IllegalStateException("no server"));
        }
        return now;
    }

    /** Tells the rooms to read everything anew. */
    public void refresh() {
        coalescer.add(new Change.Reset());
    }

    private void follow() throws InterruptedException {
        Long last = null;
        int failures = 0;
        while (!closed) {
            try {
                KilnClient now = client;
                if (now == null) {
                    now = new KilnClient(finder.call());
                    client = now;
                    last = null;
                }
                try (EventStream open = now.events(null, last)) {
                    stream = open;
                    failures = 0;
                    say(Line.State.LIVE, null);
                    sayWhetherIn(true);
                    // also after a resumed stream: what was asked for while the line was down failed
                    coalescer.add(new Change.Reset());
                    for (Optional<ServerEvent> event = open.next(); event.isPresent(); event = open.next()) {
                        Long seq = event.get().seq();
                        if (seq != null) {
                            last = seq;
                        }
                        read(event.get()).ifPresent(coalescer::add);
                    }
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                if (closed) {
                    return;
                }
                failures++;
                say(Line.State.STALE, Problem.of(e));
                sayWhetherIn(!refused(e));
                LOG.info("The line to the server is down: {}", e.getMessage());
                if (failures >= TRIES_BEFORE_SEARCH || client == null || refused(e)) {
                    forget();
                }
            }
            if (!closed) {
                if (hurry.tryAcquire(Math.min(5000, 250L << Math.min(5, failures)), TimeUnit.MILLISECONDS)) {
                    failures = 0;
                }
            }
        }
    }

    private static boolean refused(Exception e) {
        // another server took the port, or the token is of an earlier run
        return e instanceof ApiException api && api.status() == 401;
    }

    private void forget() {
        KilnClient old = client;
        client = null;
        if (old != null) {
            old.close();
        }
    }

    private void sayWhetherIn(boolean in) {
        background.ui().execute(() -> signedOut.set(!in));
    }

    private void say(Line.State state, @Nullable Problem problem) {
        background.ui().execute(() -> {
            Line now = line.get();
            if (now.state() != state) {
                line.set(new Line(state, clock.instant(), problem));
            } else {
                line.set(new Line(state, now.since(), problem));
            }
        });
    }

    private static Optional<Change> read(ServerEvent event) {
        try {
            return Optional.ofNullable(
                    switch (event.type()) {
                        case "task" -> new Change.OfTask(as(event.data(), TaskView.class));
                        case "result" -> new Change.OfResult(as(event.data(), ResultView.class));
                        case "model" ->
                            event.data() == null
                                            || event.data().isNull()
                                            || event.data().isEmpty()
                                    ? new Change.ModelGone(String.valueOf(event.subjectId()))
                                    : new Change.OfModel(as(event.data(), ModelView.class));
                        case "engine" -> new Change.OfEngine(as(event.data(), EngineView.class));
                        case "progress" -> new Change.OfProgress(as(event.data(), FrameProgress.class));
                        case "log" ->
                            new Change.OfLog(
                                    event.data().path("taskId").asString(String.valueOf(event.subjectId())),
                                    as(event.data(), LogLine.class));
                        case "reset" -> new Change.Reset();
                        default -> null;
                    });
        } catch (JacksonException e) {
            LOG.warn("An event of type {} cannot be read: {}", event.type(), e.getMessage());
            return Optional.of(new Change.Reset());
        }
    }

    private static <T> T as(JsonNode data, Class<T> type) {
        return ApiJson.LENIENT.treeToValue(data, type);
    }

    @Override
    public void close() {
        closed = true;
        EventStream open = stream;
        if (open != null) {
            open.close();
        }
        if (follower != null) {
            follower.cancel(true);
        }
        coalescer.close();
        forget();
    }
}

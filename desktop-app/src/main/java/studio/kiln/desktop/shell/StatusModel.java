package studio.kiln.desktop.shell;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.ServerView;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.live.Line;
import studio.kiln.desktop.live.ServerLink;

/** Who the studio talks to, how busy it is and what it renders with: the foot of the window. FX thread only. */
public final class StatusModel {
    private final ServerLink link;
    private final Background background;
    private final ReadOnlyObjectWrapper<@Nullable ServerView> server = new ReadOnlyObjectWrapper<>(this, "server");
    private final ReadOnlyObjectWrapper<List<EngineView>> engines =
            new ReadOnlyObjectWrapper<>(this, "engines", List.of());
    private final ReadOnlyObjectWrapper<Boolean> enginesRead = new ReadOnlyObjectWrapper<>(this, "enginesRead", false);
    private boolean asking;
    private boolean askAgain;

    public StatusModel(ServerLink link, Background background) {
        this.link = link;
        this.background = background;
        link.listen(this::apply);
    }

    public ReadOnlyObjectProperty<@Nullable ServerView> serverProperty() {
        return server.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<List<EngineView>> enginesProperty() {
        return engines.getReadOnlyProperty();
    }

    /** Whether {@link #enginesProperty} tells what the server has, and not only that nothing was read yet. */
    public ReadOnlyObjectProperty<Boolean> enginesReadProperty() {
        return enginesRead.getReadOnlyProperty();
    }

    private void apply(List<Change> changes) {
        boolean engineNews = false;
        boolean taskNews = false;
        for (Change change : changes) {
            engineNews |= change instanceof Change.OfEngine || change instanceof Change.Reset;
            taskNews |= change instanceof Change.OfTask || change instanceof Change.Reset;
        }
        if (engineNews) {
            readEngines();
        }
        if (taskNews) {
            readServer();
        }
    }

    /** Asks the server how busy it is; while one question is open the next waits for its end. */
    public void readServer() {
        if (asking) {
            askAgain = true;
            return;
        }
        asking = true;
        background.run(
                () -> link.client().server(),
                now -> {
                    server.set(now);
                    answered();
                },
                problem -> answered());
    }

    private void answered() {
        asking = false;
        if (askAgain) {
            askAgain = false;
            readServer();
        }
    }

    public void readEngines() {
        background.run(
                () -> link.client().engines(),
                now -> {
                    engines.set(now.stream()
                            .sorted(Comparator.comparing(EngineView::version).reversed())
                            .toList());
                    enginesRead.set(true);
                },
                // the line says already that the server does not answer
                problem -> {});
    }

    /** One thing that the status bar says, with its mark. */
    public static String place(Line line, @Nullable ServerView server, @Nullable String host) {
        return switch (line.state()) {
            case STARTING -> Texts.get("status.starting");
            case STALE -> Texts.get("status.stale", Formats.time(line.since()));
            case LIVE ->
                server == null || !server.mode().equals("studio") || host == null ? Texts.get("status.here") : host;
        };
    }

    /** {@code 2 of 2 slots busy}. */
    public static String slots(ServerView server) {
        return Texts.get("status.slots", server.busySlots(), server.slots());
    }

    /** {@code Blender 4.3.2 · sealed container}, the one that is taken by default. */
    public static String engine(List<EngineView> engines) {
        return engines.stream()
                .filter(engine -> engine.problem() == null)
                .findFirst()
                .map(engine -> Texts.get("status.engine", engine.version(), Formats.briefly(engine.containment())))
                .orElse(Texts.get("status.engine.none"));
    }

    /** {@code 14 min ± 2 left on the board}. */
    public static String left(Estimate estimate) {
        Duration time = Duration.ofMillis((long) (estimate.seconds() * 1000));
        String rough = Formats.rough(time);
        long spread = rough.endsWith("min")
                ? Math.round(estimate.spread() / 60)
                : rough.endsWith("s") ? Math.round(estimate.spread()) : 0;
        return spread > 0 ? Texts.get("status.left.spread", rough, spread) : Texts.get("status.left", rough);
    }
}

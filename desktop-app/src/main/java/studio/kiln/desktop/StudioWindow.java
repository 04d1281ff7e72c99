package studio.kiln.desktop;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javafx.application.Platform;
import javafx.geometry.Rectangle2D;
import javafx.scene.Node;
import javafx.scene.image.Image;
import javafx.stage.Screen;
import javafx.stage.Stage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.desktop.board.BoardModel;
import studio.kiln.desktop.shell.EmbeddedServer;
import studio.kiln.desktop.shell.Overlay;
import studio.kiln.desktop.shell.Place;
import studio.kiln.desktop.shell.Question;
import studio.kiln.desktop.shell.StudioSettings;
import studio.kiln.desktop.shell.Texts;
import studio.kiln.desktop.shell.ThemeChoice;

/** The window of the studio: opens where it was, asks before it closes on work, remembers. */
final class StudioWindow {
    private static final Logger LOG = LoggerFactory.getLogger(StudioWindow.class);
    private static final double WIDTH = 1440;
    private static final double HEIGHT = 900;
    private static final List<String> ROOMS = List.of("library", "board", "farm", "settings");

    private final Path file;
    private final boolean remote;
    private final Studio studio;
    private final Stage stage = new Stage();
    private final CountDownLatch ended;

    private StudioWindow(
            Path home,
            Callable<ServerAddress> finder,
            @Nullable String host,
            @Nullable String task,
            CountDownLatch ended) {
        this.file = home.resolve("studio.json");
        this.remote = host != null;
        this.ended = ended;
        StudioSettings settings = StudioSettings.read(file);
        String room = settings.room();
        Place first = task != null
                ? new Place.OfTask(task)
                : new Place.InRoom(room != null && ROOMS.contains(room) ? room : "library");
        Rectangle2D screen = Screen.getPrimary().getVisualBounds();
        ThemeChoice theme = Objects.requireNonNullElse(settings.theme(), ThemeChoice.SYSTEM);
        studio = new Studio(
                finder,
                host,
                Clock.systemUTC(),
                Math.min(WIDTH, screen.getWidth()),
                Math.min(HEIGHT, screen.getHeight()),
                theme,
                first);
        studio.setOnSignedIn(EmbeddedServer::keep);
        stage.setTitle(Texts.get("app.name"));
        stage.setMinWidth(Math.min(1100, screen.getWidth()));
        stage.setMinHeight(Math.min(700, screen.getHeight()));
        for (int size : new int[] {16, 32, 64, 128}) {
            stage.getIcons()
                    .add(new Image(Objects.requireNonNull(StudioWindow.class.getResourceAsStream(
                            "/studio/kiln/desktop/icons/kiln-" + size + ".png"))));
        }
        stage.setScene(studio.scene());
        place(settings.window());
        stage.setOnCloseRequest(event -> {
            event.consume();
            askToClose();
        });
    }

    /**
     * Opens the window and returns when it was closed.
     *
     * @param host name of a server elsewhere, or null for this computer
     * @param task the task to open on, or null
     * @param selfTest open every room once and end
     * @return 0, or 1 when a room could not be opened
     */
    static int run(
            Path home, Callable<ServerAddress> finder, @Nullable String host, @Nullable String task, boolean selfTest) {
        CountDownLatch up = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicInteger failures = new AtomicInteger();
        Platform.startup(up::countDown);
        Platform.setImplicitExit(false);
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            failures.incrementAndGet();
            LOG.error("An error that nothing caught, in {}", thread.getName(), error);
            if (selfTest) {
                ended.countDown();
            }
        });
        try {
            up.await();
            Platform.runLater(() -> {
                StudioWindow window = new StudioWindow(home, finder, host, task, ended);
                window.stage.show();
                if (selfTest) {
                    ROOMS.forEach(room -> window.studio.navigator().go(new Place.InRoom(room)));
                    Platform.runLater(() -> {
                        window.stage.hide();
                        window.studio.close();
                        ended.countDown();
                    });
                } else {
                    window.studio.start();
                }
            });
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return selfTest && failures.get() > 0 ? 1 : 0;
    }

    private void place(StudioSettings.@Nullable Window before) {
        if (before == null) {
            stage.centerOnScreen();
            return;
        }
        // a screen that is no longer there must not hide the window
        boolean seen = !Screen.getScreensForRectangle(before.x() + 40, before.y() + 10, 200, 100)
                .isEmpty();
        if (seen) {
            stage.setX(before.x());
            stage.setY(before.y());
        }
        stage.setWidth(before.width());
        stage.setHeight(before.height());
        stage.setMaximized(before.maximised());
    }

    private void askToClose() {
        Map<BoardModel.Group, Integer> counts = studio.board().countsProperty().get();
        int open = counts.getOrDefault(BoardModel.Group.RENDERING, 0) + counts.getOrDefault(BoardModel.Group.QUEUED, 0);
        if (remote || open == 0) {
            close();
            return;
        }
        if (studio.shell().overlay().dialog() instanceof Question) {
            return;
        }
        List<String> tasks = studio.board().openTasks();
        Overlay overlay = studio.shell().overlay();
        Question question = new Question(Texts.get("close.title"), Texts.get("close.text", open));
        Node first = answers(
                question,
                this::close,
                () -> endWith(KilnClient::stop),
                () -> endWith(client -> tasks.forEach(client::cancel)),
                overlay::close);
        overlay.show(question, first, () -> {});
    }

    /** Fills the question before closing; gives the answer that takes the keyboard. */
    static Node answers(Question question, Runnable background, Runnable later, Runnable cancel, Runnable stay) {
        Node first =
                question.choice(Texts.get("close.background"), Texts.get("close.background.text"), true, background);
        question.choice(Texts.get("close.later"), Texts.get("close.later.text"), false, later);
        question.choice(Texts.get("close.cancel"), Texts.get("close.cancel.text"), false, cancel);
        question.answer(Texts.get("close.stay"), false, stay);
        return first;
    }

    private void endWith(java.util.function.Consumer<KilnClient> last) {
        studio.shell().overlay().close();
        studio.ask(last, this::close);
    }

    private void close() {
        StudioSettings.Window window = new StudioSettings.Window(
                stage.getX(), stage.getY(), stage.getWidth(), stage.getHeight(), stage.isMaximized());
        String room = studio.navigator().placeProperty().get() instanceof Place.InRoom in ? in.id() : "board";
        StudioSettings settings =
                new StudioSettings(studio.themes().choiceProperty().get(), room, window);
        stage.hide();
        studio.close();
        Thread.ofVirtual().start(() -> {
            try {
                settings.write(file);
            } catch (IOException e) {
                LOG.warn("{} could not be written: {}", file, e.getMessage());
            } finally {
                ended.countDown();
            }
        });
    }
}

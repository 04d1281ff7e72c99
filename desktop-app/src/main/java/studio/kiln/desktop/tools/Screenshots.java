package studio.kiln.desktop.tools;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.control.Labeled;
import javafx.scene.image.Image;
import javafx.scene.image.ImageView;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;
import javafx.stage.Stage;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.TaskView;
import studio.kiln.desktop.Studio;
import studio.kiln.desktop.board.BoardModel;
import studio.kiln.desktop.library.LibraryModel;
import studio.kiln.desktop.shell.EmbeddedServer;
import studio.kiln.desktop.shell.Place;
import studio.kiln.desktop.shell.ThemeChoice;

/**
 * Takes pictures of the studio's rooms, in both themes, as they look with what the server has at this moment. Needs no
 * display when Java runs with {@code -Dglass.platform=Headless -Dprism.order=sw}.
 */
@Command(
        name = "screenshots",
        mixinStandardHelpOptions = true,
        description = "Takes pictures of the studio's rooms with what the server has.")
public final class Screenshots implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final int STILL = 4;

    @Option(names = "-o", paramLabel = "DIR", required = true, description = "Where the pictures go.")
    Path folder = Path.of("");

    @Option(names = "--size", paramLabel = "WxH", defaultValue = "1440x900", description = "Size of the window.")
    String size = "1440x900";

    @Option(names = "--model", paramLabel = "NAME", description = "The model to select; else the newest.")
    @Nullable
    String modelName;

    @Option(names = "--task", paramLabel = "ID", description = "The task to open; else the newest with pictures.")
    @Nullable
    String taskId;

    @Override
    public Integer call() throws Exception {
        Files.createDirectories(folder);
        String[] parts = size.split("x", 2);
        int width = Integer.parseInt(parts[0]);
        int height = Integer.parseInt(parts[1]);
        ServerAddress address = EmbeddedServer.find(EmbeddedServer.home());
        CountDownLatch up = new CountDownLatch(1);
        Platform.startup(up::countDown);
        Platform.setImplicitExit(false);
        up.await();
        try (KilnClient client = new KilnClient(address)) {
            for (ThemeChoice theme : new ThemeChoice[] {ThemeChoice.DARK, ThemeChoice.LIGHT}) {
                take(client, address, theme, width, height);
            }
        }
        return 0;
    }

    private void take(KilnClient client, ServerAddress address, ThemeChoice theme, int width, int height)
            throws Exception {
        Stage[] window = new Stage[1];
        Studio studio = onFx(() -> {
            Studio made = new Studio(
                    () -> address, null, Clock.systemUTC(), width, height, theme, new Place.InRoom("library"));
            Stage stage = new Stage();
            stage.setScene(made.scene());
            stage.setWidth(width);
            stage.setHeight(height);
            stage.show();
            window[0] = stage;
            made.start();
            return made;
        });
        String ending = "-" + theme.name().toLowerCase(Locale.ROOT);
        try {
            await(() -> studio.library().loadingProperty().get() == LibraryModel.Loading.READY
                    && studio.board().loadingProperty().get() == BoardModel.Loading.READY);
            ModelView model = client.models(null, null, 100).items().stream()
                    .filter(each -> modelName == null || each.name().equals(modelName))
                    .findFirst()
                    .orElse(null);
            if (model != null) {
                onFx(() -> {
                    studio.library().orderProperty().set(LibraryModel.Order.LARGEST);
                    studio.library().select(model.id());
                    return true;
                });
                await(() -> studio.library().versionProperty().get() != null);
            }
            settle(studio);
            save(studio, "library" + ending);
            if (model != null) {
                ModelVersionView version = client.version(model.versionId());
                onFx(() -> {
                    studio.submit(model, version);
                    return true;
                });
                settle(studio);
                save(studio, "submit" + ending);
                onFx(() -> {
                    studio.shell().overlay().close();
                    return true;
                });
            }
            String task = taskId != null
                    ? client.task(taskId).id()
                    : client.tasks(null, null, null, 100).items().stream()
                            .filter(each -> each.newestResult() != null)
                            .findFirst()
                            .map(TaskView::id)
                            .orElse(null);
            onFx(() -> {
                studio.navigator().go(new Place.InRoom("board"));
                studio.board()
                        .selectedProperty()
                        .set(task == null ? null : studio.board().row(task));
                return true;
            });
            settle(studio);
            save(studio, "board" + ending);
            if (task != null) {
                onFx(() -> {
                    studio.navigator().go(new Place.OfTask(task));
                    return true;
                });
                settle(studio);
                save(studio, "task" + ending);
            }
            onFx(() -> {
                studio.navigator().go(new Place.InRoom("farm"));
                return true;
            });
            settle(studio);
            save(studio, "farm" + ending);
        } finally {
            onFx(() -> {
                window[0].hide();
                studio.close();
                return true;
            });
        }
    }

    /**
     * Waits until nothing is being fetched or laid out any more. It looks at the nodes and not at pictures: a scene that
     * is drawn into a picture while parts of it still change may keep those parts as they were.
     */
    private static void settle(Studio studio) throws Exception {
        String before = "";
        int same = 0;
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (same < STILL && System.nanoTime() < until) {
            Thread.sleep(LOOK_EVERY_MILLIS * 2);
            String now = onFx(() -> {
                StringBuilder seen = new StringBuilder();
                describe(studio.scene().getRoot(), seen);
                return seen.toString();
            });
            boolean quiet = now.equals(before) && !now.contains("*skeleton*");
            same = quiet ? same + 1 : 0;
            before = now;
        }
    }

    private static void describe(Node node, StringBuilder seen) {
        if (!node.isVisible()) {
            return;
        }
        seen.append(node.getLayoutBounds());
        if (node.getStyleClass().contains("skeleton")) {
            seen.append("*skeleton*");
        }
        if (node instanceof ImageView view) {
            seen.append(System.identityHashCode(view.getImage()));
        }
        if (node instanceof Labeled labeled) {
            // what counts on while something renders never comes to rest
            seen.append(labeled.getText() == null ? 0 : labeled.getText().length());
        }
        if (node instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> describe(child, seen));
        }
    }

    private static int[] pixels(Image image) {
        int width = (int) image.getWidth();
        int height = (int) image.getHeight();
        int[] pixels = new int[width * height];
        image.getPixelReader().getPixels(0, 0, width, height, PixelFormat.getIntArgbInstance(), pixels, 0, width);
        return pixels;
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!onFx(condition)) {
            if (System.nanoTime() > until) {
                throw new TimeoutException("The studio did not show what it should within a minute.");
            }
            Thread.sleep(LOOK_EVERY_MILLIS);
        }
    }

    private static <T> T onFx(Callable<T> work) throws InterruptedException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(work);
        Platform.runLater(task);
        return task.get();
    }

    private void save(Studio studio, String name) throws Exception {
        WritableImage image = onFx(() -> studio.scene().snapshot(null));
        Path file = folder.resolve(name + ".png");
        write(image, file);
        System.out.println(file);
    }

    /** Writes a picture as PNG. */
    public static void write(Image image, Path file) throws IOException {
        int width = (int) image.getWidth();
        int height = (int) image.getHeight();
        BufferedImage copy = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        copy.setRGB(0, 0, width, height, pixels(image), 0, width);
        ImageIO.write(copy, "png", file.toFile());
    }
}

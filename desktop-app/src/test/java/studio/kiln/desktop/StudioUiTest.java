package studio.kiln.desktop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.Labeled;
import javafx.scene.control.ListView;
import javafx.scene.control.Slider;
import javafx.scene.control.TableView;
import javafx.scene.control.TextInputControl;
import javafx.scene.input.KeyCode;
import javafx.scene.text.Text;
import javafx.stage.Stage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.board.TaskRow;
import studio.kiln.desktop.library.LibraryModel;
import studio.kiln.desktop.live.Line;
import studio.kiln.desktop.shell.Place;
import studio.kiln.desktop.shell.Question;
import studio.kiln.desktop.shell.Texts;
import studio.kiln.desktop.shell.ThemeChoice;

/** The studio on a stage without a display, against a server that holds samples. */
@Tag("ui")
@ExtendWith(ApplicationExtension.class)
class StudioUiTest {
    private static final Duration LONGEST_STALL = Duration.ofMillis(150);
    private SampleServer server;
    private Studio studio;

    @Start
    void start(Stage stage) throws IOException {
        server = SampleServer.filled();
        studio = new Studio(
                server::address, null, Clock.systemUTC(), 1280, 800, ThemeChoice.DARK, new Place.InRoom("library"));
        stage.setScene(studio.scene());
        stage.setWidth(1280);
        stage.setHeight(800);
        stage.show();
        studio.start();
    }

    @AfterEach
    void close() {
        fx(() -> {
            studio.close();
            return true;
        });
        server.close();
    }

    @Test
    void theSidebarLeadsToEveryRoomAndToNoOther(FxRobot robot) {
        loaded();
        assertThat(robot.lookup(".nav").queryAll().stream().map(Node::getId).toList())
                .containsExactly("nav-library", "nav-board", "nav-farm", "nav-settings");
        for (String room : List.of("board", "farm", "settings", "library")) {
            robot.clickOn("#nav-" + room);
            assertThat(titles()).contains(room.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + room.substring(1));
        }
    }

    @Test
    void everyControlOfEveryRoomHasAName(FxRobot robot) {
        loaded();
        List<String> nameless = new ArrayList<>();
        for (Place place : List.of(
                new Place.InRoom("library"),
                new Place.InRoom("board"),
                new Place.InRoom("farm"),
                new Place.InRoom("settings"),
                new Place.OfTask("t11"))) {
            fx(() -> {
                studio.navigator().go(place);
                return true;
            });
            WaitForAsyncUtils.waitForFxEvents();
            fx(() -> {
                collectNameless(studio.scene().getRoot(), place.toString(), nameless);
                return true;
            });
        }
        fx(() -> {
            studio.submit(
                    Samples.models().getFirst(),
                    Samples.version(Samples.models().getFirst()));
            return true;
        });
        WaitForAsyncUtils.waitForFxEvents();
        fx(() -> {
            collectNameless(studio.scene().getRoot(), "submit", nameless);
            return true;
        });
        assertThat(nameless).isEmpty();
    }

    @Test
    void noAnswerIsCutOffWhenTheWindowIsClosedDuringARender() {
        loaded();
        Question question = fx(() -> {
            Question asked = new Question(Texts.get("close.title"), Texts.get("close.text", 1));
            Node first = StudioWindow.answers(asked, () -> {}, () -> {}, () -> {}, () -> {});
            studio.shell().overlay().show(asked, first, () -> {});
            return asked;
        });
        WaitForAsyncUtils.waitForFxEvents();
        assertThat(fx(() -> cutOff(question))).isEmpty();
    }

    @Test
    void aLongLineOfTheLogIsWrappedAndNotCutOff(FxRobot robot) {
        loaded();
        fx(() -> {
            studio.navigator().go(new Place.OfTask("t11"));
            return true;
        });
        await().until(() -> !robot.lookup(".lines .what").queryAll().isEmpty());
        WaitForAsyncUtils.waitForFxEvents();
        assertThat(fx(() -> robot.lookup(".lines .what").queryAll().stream()
                        .flatMap(line -> cutOff(line).stream())
                        .toList()))
                .isEmpty();
    }

    @Test
    void aToastLeavesTheActionsOfTheBoardFree(FxRobot robot) {
        loaded();
        robot.clickOn("#nav-board");
        fx(() -> {
            studio.notices().done("Box is on the board as #24.", null, null);
            TableView<TaskRow> table = robot.lookup("#board").query();
            table.getSelectionModel().select(studio.board().row("t16"));
            return true;
        });
        WaitForAsyncUtils.waitForFxEvents();
        Node toast = robot.lookup(".toast").query();
        Node dock = robot.lookup(".dock").query();
        assertThat(fx(() -> toast.localToScene(toast.getLayoutBounds())
                        .intersects(dock.localToScene(dock.getLayoutBounds()))))
                .isFalse();
    }

    /** Texts that are shown shorter than they are. */
    private static List<String> cutOff(Node node) {
        List<String> cut = new ArrayList<>();
        if (node instanceof Labeled labeled
                && !labeled.getText().isEmpty()
                && labeled.lookup(".text") instanceof Text shown
                && !shown.getText()
                        .replaceAll("\\s", "")
                        .equals(labeled.getText().replaceAll("\\s", ""))) {
            cut.add(labeled.getText() + " is shown as " + shown.getText());
        }
        if (node instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> cut.addAll(cutOff(child)));
        }
        return cut;
    }

    @Test
    void aRowIsUpdatedInPlaceAndTheSelectionHolds(FxRobot robot) {
        loaded();
        robot.clickOn("#nav-board");
        TableView<TaskRow> table = robot.lookup("#board").query();
        TaskRow row = fx(() -> studio.board().row("t16"));
        fx(() -> {
            table.getSelectionModel().select(row);
            return true;
        });
        TaskView queued = fx(row::task);

        server.change(SampleServer.with(queued, TaskState.RUNNING, 50));
        await().until(() -> fx(() -> row.task().state() == TaskState.RUNNING));
        server.change(SampleServer.with(Samples.tasks().get(3), TaskState.RUNNING, 50));
        await().until(() -> fx(() -> studio.board().row("t14").task().state() == TaskState.RUNNING));
        WaitForAsyncUtils.waitForFxEvents();

        assertThat(fx(() -> table.getSelectionModel().getSelectedItem())).isSameAs(row);
        assertThat(fx(() -> table.getItems().indexOf(row))).isLessThan(4);
        assertThat(texts("#board")).contains("Rendering");
        assertThat(fx(() -> studio.board().selectedProperty().get())).isSameAs(row);
    }

    @Test
    void theDockPausesTheSelectedTask(FxRobot robot) {
        loaded();
        robot.clickOn("#nav-board");
        fx(() -> {
            studio.board().selectedProperty().set(studio.board().row("t14"));
            return true;
        });
        WaitForAsyncUtils.waitForFxEvents();
        robot.clickOn(button("#dock", "Pause"));

        await().until(() -> fx(() -> studio.board().row("t14").task().state() == TaskState.PAUSED));
        await().until(() -> button("#dock", "Resume") != null);
    }

    @Test
    void theDraftOfASlowFrameIsShownAndMarkedUntilTheNextFrame(FxRobot robot) {
        loaded();
        robot.clickOn("#nav-board");
        fx(() -> {
            studio.board().selectedProperty().set(studio.board().row("t11"));
            return true;
        });
        server.tell("progress", "t11", draft(80, Sha256.of("draft")));
        await().until(() -> fx(() -> robot.lookup("#dock-draft").query().isVisible()));

        fx(() -> {
            studio.navigator().go(new Place.OfTask("t11"));
            return true;
        });
        await().until(() -> fx(() -> robot.lookup("#task-draft").tryQuery().isPresent()));
        server.tell("progress", "t11", draft(81, Sha256.of("another")));
        await().until(() -> fx(() -> robot.lookup("#task-draft").query().isVisible()));
        server.tell("progress", "t11", draft(82, null));
        await().until(() -> fx(() -> !robot.lookup("#task-draft").query().isVisible()));
    }

    private static FrameProgress draft(int frame, @Nullable Sha256 draft) {
        return new FrameProgress("t11", frame, "rendering", 10, 160, "samples", "this computer", draft);
    }

    @Test
    void theDialogSaysWhatIsWrongWhereItIsAndSubmitsWhatIsRight(FxRobot robot) {
        loaded();
        fx(() -> {
            studio.library().select("m0");
            return true;
        });
        await().until(() -> fx(() -> studio.library().versionProperty().get() != null));
        WaitForAsyncUtils.waitForFxEvents();
        robot.clickOn("#render");
        robot.doubleClickOn("#submit-frames").push(KeyCode.CONTROL, KeyCode.A).write("9-1");
        WaitForAsyncUtils.waitForFxEvents();
        Label wrong = robot.lookup("#wrong-frames").query();
        assertThat(wrong.isVisible()).isTrue();
        assertThat(wrong.getText()).contains("ends before it begins");
        assertThat(robot.lookup("#submit-send").<Button>query().isDisabled()).isTrue();

        robot.clickOn("#submit-frames").push(KeyCode.CONTROL, KeyCode.A).write("3-5");
        robot.push(KeyCode.CONTROL, KeyCode.ENTER);

        await().until(() -> !server.submitted.isEmpty());
        assertThat(server.submitted.getFirst().frames()).isEqualTo("3-5");
        await().until(() -> fx(() -> !studio.shell().overlay().isOpen()));
        assertThat(fx(() -> studio.navigator().placeProperty().get())).isEqualTo(new Place.InRoom("board"));
    }

    @Test
    void escapeClosesTheDialogAndTheFormIsKept(FxRobot robot) {
        loaded();
        openSubmit();
        robot.clickOn("#submit-frames").push(KeyCode.CONTROL, KeyCode.A).write("7");
        robot.push(KeyCode.ESCAPE);
        assertThat(fx(() -> studio.shell().overlay().isOpen())).isFalse();

        openSubmit();
        assertThat(robot.lookup("#submit-frames").<TextInputControl>query().getText())
                .isEqualTo("7");
    }

    @Test
    void aTaskShowsItsNewestPictureLargeAndCanBeLookedAtClosely(FxRobot robot) {
        loaded();
        fx(() -> {
            studio.navigator().go(new Place.OfTask("t11"));
            return true;
        });
        await().until(() -> texts("#task").contains("59%"));
        await().until(() -> !fx(() -> robot.lookup("#enlarge").<Button>query().isDisabled()));
        assertThat(texts("#task")).contains("Frame 72 renders", "Pottery film \u00b7 shot 020");

        robot.clickOn("#enlarge");
        await().until(() -> texts("#viewer").contains("Frame 71"));
        robot.push(KeyCode.LEFT);
        await().until(() -> texts("#viewer").contains("Frame 70"));
        robot.push(KeyCode.ESCAPE);
        assertThat(fx(() -> studio.shell().overlay().isOpen())).isFalse();
    }

    @Test
    void theLineThatBreaksIsShownWithItsTime(FxRobot robot) {
        loaded();
        assertThat(robot.lookup("#status-place").<Label>query().getText()).isEqualTo("This computer");
        server.close();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> fx(() ->
                        robot.lookup("#status-place").<Label>query().getText().startsWith("Not connected since")));
    }

    @Test
    void bothThemesDressEveryRoomAndTheChoiceIsKept(FxRobot robot) {
        loaded();
        fx(() -> {
            studio.themes().toggle();
            return true;
        });
        assertThat(fx(() -> studio.themes().choiceProperty().get())).isEqualTo(ThemeChoice.LIGHT);
        assertThat(fx(() -> studio.scene().getStylesheets().getFirst())).endsWith("light.css");
    }

    @Test
    void tenThousandTasksAndAFloodOfEventsDoNotHoldTheWindowUp(FxRobot robot) {
        List<TaskView> many = new ArrayList<>();
        for (int i = 1000; i < 11_000; i++) {
            many.add(Samples.task(i, "Shot " + i, TaskState.QUEUED, 250, 0, 0, 0, 50, null));
        }
        many.forEach(task -> server.tasks.put(task.id(), task));
        loaded();
        robot.clickOn("#nav-board");
        fx(() -> {
            studio.board().read();
            return true;
        });
        await().atMost(Duration.ofSeconds(60))
                .until(() -> fx(() -> studio.board().size() >= 10_000));
        WaitForAsyncUtils.waitForFxEvents();

        // in processor time of the FX thread, so that a machine that is busy otherwise changes nothing
        AtomicLong longest = new AtomicLong();
        AtomicBoolean on = new AtomicBoolean(true);
        Thread watch = Thread.ofPlatform().start(() -> {
            long before = fx(StudioUiTest::processorTime);
            while (on.get()) {
                long now = fx(StudioUiTest::processorTime);
                longest.accumulateAndGet(now - before, Math::max);
                before = now;
            }
        });
        for (int i = 0; i < 1500; i++) {
            TaskView task = many.get(i % 700);
            server.change(SampleServer.with(task, i % 2 == 0 ? TaskState.RUNNING : TaskState.QUEUED, 100 + i));
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> fx(() ->
                        studio.board().row(many.get(1499 % 700).id()).task().revision() == 1599));
        on.set(false);
        await().until(() -> !watch.isAlive());
        assertThat(Duration.ofNanos(longest.get())).isLessThan(LONGEST_STALL);
    }

    private static long processorTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void openSubmit() {
        fx(() -> {
            studio.submit(
                    Samples.models().getFirst(),
                    Samples.version(Samples.models().getFirst()));
            return true;
        });
        WaitForAsyncUtils.waitForFxEvents();
    }

    private void loaded() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> fx(() -> studio.library().loadingProperty().get() == LibraryModel.Loading.READY
                        && studio.board().rows().size() >= 11));
        assertThat(fx(() -> studio.line().state())).isEqualTo(Line.State.LIVE);
        WaitForAsyncUtils.waitForFxEvents();
    }

    private List<String> titles() {
        return fx(() -> studio.scene().getRoot().lookupAll(".title").stream()
                .filter(Node::isVisible)
                .map(node -> ((Label) node).getText())
                .toList());
    }

    private List<String> texts(String id) {
        return fx(() -> {
            Node node = studio.scene().lookup(id);
            List<String> texts = new ArrayList<>();
            if (node != null) {
                collectTexts(node, texts);
            }
            return texts;
        });
    }

    private static void collectTexts(Node node, List<String> texts) {
        if (node instanceof Labeled labeled && labeled.getText() != null) {
            texts.add(labeled.getText());
        }
        if (node instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> collectTexts(child, texts));
        }
    }

    private Button button(String within, String text) {
        return fx(() -> studio.scene().lookup(within).lookupAll(".button").stream()
                .filter(node -> node instanceof Button button && text.equals(button.getText()) && node.isVisible())
                .map(Button.class::cast)
                .findFirst()
                .orElse(null));
    }

    private static void collectNameless(Node node, String where, List<String> nameless) {
        if (!node.isVisible()) {
            return;
        }
        boolean control = node.isFocusTraversable()
                && (node instanceof Labeled
                        || node instanceof TextInputControl
                        || node instanceof Slider
                        || node instanceof ListView<?>
                        || node instanceof TableView<?>);
        if (control) {
            String text = node instanceof Labeled labeled ? labeled.getText() : null;
            boolean named = node.getAccessibleText() != null
                            && !node.getAccessibleText().isBlank()
                    || text != null && !text.isBlank();
            if (!named) {
                nameless.add(where + ": " + node);
            }
        }
        if (node instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> collectNameless(child, where, nameless));
        }
    }

    private static <T> T fx(Callable<T> work) {
        if (Platform.isFxApplicationThread()) {
            try {
                return work.call();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return WaitForAsyncUtils.waitForAsyncFx(20_000, work);
    }
}

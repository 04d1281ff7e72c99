package studio.kiln.desktop.results;

import java.util.Locale;
import java.util.function.Function;
import javafx.collections.ListChangeListener;
import javafx.collections.ObservableList;
import javafx.scene.control.Label;
import javafx.scene.control.ListCell;
import javafx.scene.control.ListView;
import javafx.scene.control.Tab;
import javafx.scene.control.TabPane;
import javafx.scene.control.TextArea;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Texts;

/** Log, timeline, chunks and script of a task. What is not looked at is not read. */
final class TaskTabs extends TabPane {
    TaskTabs(TaskModel model) {
        getStyleClass().add("task-tabs");
        setTabClosingPolicy(TabClosingPolicy.UNAVAILABLE);
        setTabDragPolicy(TabDragPolicy.FIXED);
        Tab log = new Tab(Texts.get("task.log"), lines("task.log", model.log(), TaskTabs::ofLog, true));
        Tab timeline =
                new Tab(Texts.get("task.timeline"), lines("task.timeline", model.timeline(), TaskTabs::ofEntry, true));
        Tab chunks = new Tab(Texts.get("task.chunks"), lines("task.chunks", model.chunks(), TaskTabs::ofChunk, false));
        TextArea text = new TextArea();
        text.setEditable(false);
        text.getStyleClass().add("script");
        text.setAccessibleText(Texts.get("task.script"));
        model.scriptProperty().subscribe(now -> text.setText(now == null ? Texts.get("loading") : now));
        Tab script = new Tab(Texts.get("task.script"), text);
        timeline.selectedProperty().subscribe(on -> {
            if (on) {
                model.readTimeline();
            }
        });
        chunks.selectedProperty().subscribe(on -> {
            if (on) {
                model.readChunks();
            }
        });
        script.selectedProperty().subscribe(on -> {
            if (on) {
                model.readScript();
            }
        });
        getTabs().addAll(log, timeline, chunks, script);
    }

    private record Line(String first, String second, String style) {}

    private static Line ofLog(LogLine line) {
        return new Line(
                Formats.timeWithSeconds(line.at()),
                line.message(),
                switch (line.level()) {
                    case "warning" -> "status-paused";
                    case "error" -> "status-failed";
                    default -> "";
                });
    }

    private static Line ofEntry(TimelineEntry entry) {
        String subject = Texts.get("task.subject." + entry.subject());
        String why = entry.why();
        return new Line(
                Formats.timeWithSeconds(entry.at()),
                subject + ": " + word(entry.to()) + ", " + entry.actor() + (why == null ? "" : " \u2014 " + why),
                "");
    }

    private static String word(String state) {
        return StateWord.parse(state)
                .map(known -> StateWord.of(known).screen().toLowerCase(Locale.ROOT))
                .orElse(state.toLowerCase(Locale.ROOT).replace('_', ' '));
    }

    private static Line ofChunk(ChunkView chunk) {
        String frames = Texts.get("task.chunk.frames", chunk.frames().isEmpty() ? chunk.kind() : chunk.frames());
        String text = Texts.get("task.chunk.state." + chunk.state().name().toLowerCase(Locale.ROOT)) + ", "
                + chunk.done() + "/" + chunk.outputs();
        if (!chunk.attempts().isEmpty()) {
            ChunkView.Attempt last = chunk.attempts().getLast();
            text += ", " + last.node() + (last.message() == null ? "" : " \u2014 " + last.message());
        }
        return new Line(frames, text, style(chunk.state()));
    }

    private static String style(ChunkState state) {
        return switch (state) {
            case SUCCEEDED -> style(TaskState.SUCCEEDED);
            case FAILED -> style(TaskState.FAILED);
            case LEASED, RUNNING -> style(TaskState.RUNNING);
            case CANCELLED -> style(TaskState.CANCELLED);
            case READY, RETRY_WAIT -> style(TaskState.QUEUED);
        };
    }

    private static String style(TaskState state) {
        return "status-" + StateWord.of(state).colour();
    }

    private static <T> ListView<T> lines(
            String key, ObservableList<T> items, Function<T, Line> read, boolean followEnd) {
        ListView<T> list = new ListView<>(items);
        list.getStyleClass().add("lines");
        list.setAccessibleText(Texts.get(key));
        Label none = new Label(Texts.get(key + ".none"));
        none.getStyleClass().add("secondary");
        list.setPlaceholder(none);
        list.setCellFactory(view -> new ListCell<>() {
            private final Label first = new Label();
            private final Label second = new Label();
            private final HBox box = new HBox(9, first, second);

            {
                first.getStyleClass().add("when");
                first.setMinWidth(Region.USE_PREF_SIZE);
                second.setWrapText(true);
                second.setMinWidth(0);
                HBox.setHgrow(second, Priority.ALWAYS);
                box.setMinWidth(0);
                box.prefWidthProperty().bind(list.widthProperty().subtract(44));
                setPrefWidth(0);
            }

            // A cell asks what it shows for the height of one line; long messages take more.
            @Override
            protected double computePrefHeight(double width) {
                return getGraphic() == null
                        ? super.computePrefHeight(width)
                        : snapSizeY(box.prefHeight(box.getPrefWidth())) + snappedTopInset() + snappedBottomInset();
            }

            @Override
            protected void updateItem(@Nullable T item, boolean empty) {
                super.updateItem(item, empty);
                if (item == null || empty) {
                    setGraphic(null);
                    return;
                }
                Line line = read.apply(item);
                first.setText(line.first());
                second.setText(line.second());
                second.getStyleClass().setAll("label", "what");
                if (!line.style().isEmpty()) {
                    second.getStyleClass().addAll("status-text", line.style());
                }
                setGraphic(box);
            }
        });
        if (followEnd) {
            items.addListener((ListChangeListener<T>) change -> {
                if (!items.isEmpty()) {
                    list.scrollTo(items.size() - 1);
                }
            });
        }
        return list;
    }
}

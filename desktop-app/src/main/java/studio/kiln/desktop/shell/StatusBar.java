package studio.kiln.desktop.shell;

import java.util.Objects;
import java.util.stream.Collectors;
import javafx.beans.value.ObservableValue;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.Tooltip;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.ServerView;
import studio.kiln.desktop.live.Line;

/** The foot of the window. */
final class StatusBar extends HBox {
    StatusBar(
            ObservableValue<Line> line,
            StatusModel model,
            ObservableValue<@Nullable Estimate> left,
            Notices notices,
            @Nullable String host,
            Runnable onBell) {
        getStyleClass().add("statusbar");
        Region dot = new Region();
        dot.getStyleClass().add("dot");
        Label place = new Label("", dot);
        place.setId("status-place");
        Label slots = new Label("", Icons.of(Lucide.CPU, 14));
        Label engine = new Label("", Icons.of(Lucide.BOX, 14));
        Tooltip engineTip = new Tooltip();
        engineTip.setWrapText(true);
        engineTip.setMaxWidth(420);
        model.enginesProperty()
                .subscribe(engines -> engineTip.setText(engines.stream()
                        .map(each -> Texts.get("status.engine", each.version(), each.containment()))
                        .collect(Collectors.joining("\n"))));
        Tooltip.install(engine, engineTip);
        Label time = new Label("", Icons.of(Lucide.HOURGLASS, 14));
        Tooltip.install(place, tip(line));
        Runnable say = () -> {
            Line now = line.getValue();
            ServerView server = model.serverProperty().get();
            place.setText(StatusModel.place(now, server, host));
            dot.getStyleClass()
                    .setAll(
                            "dot",
                            switch (now.state()) {
                                case LIVE -> "live";
                                case STALE -> "stale";
                                case STARTING -> "wait";
                            });
            place.getStyleClass().remove("bad");
            if (now.state() == Line.State.STALE) {
                place.getStyleClass().add("bad");
            }
            show(slots, server == null ? "" : StatusModel.slots(server));
            show(
                    engine,
                    model.enginesReadProperty().get()
                            ? StatusModel.engine(model.enginesProperty().get())
                            : "");
            Estimate estimate = left.getValue();
            show(time, estimate == null ? "" : StatusModel.left(estimate));
        };
        line.subscribe(now -> say.run());
        model.serverProperty().subscribe(now -> say.run());
        model.enginesProperty().subscribe(now -> say.run());
        model.enginesReadProperty().subscribe(now -> say.run());
        left.subscribe(now -> say.run());
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        Button bell = new Button("", Icons.of(Lucide.BELL, 14));
        bell.setId("bell");
        bell.setOnAction(event -> onBell.run());
        notices.unreadProperty().subscribe(count -> {
            bell.setText(count.intValue() == 0 ? "" : Integer.toString(count.intValue()));
            bell.setAccessibleText(Texts.get("status.notices", count.intValue()));
        });
        getChildren().addAll(place, slots, engine, space, time, bell);
    }

    private static Tooltip tip(ObservableValue<Line> line) {
        Tooltip tip = new Tooltip();
        line.subscribe(now -> {
            Problem problem = now.problem();
            tip.setText(
                    problem == null
                            ? Texts.get("status.live.tip")
                            : Objects.requireNonNullElse(problem.why(), problem.what()) + "\n"
                                    + Objects.requireNonNullElse(problem.remedy(), ""));
        });
        return tip;
    }

    private static void show(Label label, String text) {
        label.setText(text);
        label.setVisible(!text.isEmpty());
        label.setManaged(!text.isEmpty());
    }
}

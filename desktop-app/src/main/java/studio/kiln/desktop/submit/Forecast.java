package studio.kiln.desktop.submit;

import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import javafx.geometry.Insets;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Problem;
import studio.kiln.desktop.shell.Texts;

/** The right side of the form: what will happen, how long it takes, and what is wrong. */
final class Forecast extends VBox {
    private final SubmitModel model;
    private final Clock clock;
    private final VBox happens = new VBox(8);

    /** @param done told of the test render that was submitted here */
    Forecast(SubmitModel model, Clock clock, Consumer<TaskView> done) {
        this.model = model;
        this.clock = clock;
        Label title = new Label(Texts.get("submit.side"));
        title.getStyleClass().add("section-title");
        Button test = new Button(Texts.get("submit.test"), Icons.of(Lucide.ZAP, 14));
        test.setMaxWidth(Double.MAX_VALUE);
        test.setOnAction(event -> model.submitTest(done));
        model.wrongProperty().subscribe(wrong -> test.setDisable(!wrong.isEmpty()));
        ScrollPane scroll = new ScrollPane(happens);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        scroll.setMinHeight(150);
        VBox.setVgrow(scroll, Priority.ALWAYS);
        getChildren().addAll(title, scroll, test);
        getStyleClass().add("dialog-side");
        Runnable say = this::say;
        model.previewProperty().subscribe(now -> say.run());
        model.previewProblemProperty().subscribe(now -> say.run());
        model.previewingProperty().subscribe(now -> say.run());
        model.wrongProperty().subscribe(now -> say.run());
    }

    private void say() {
        happens.getChildren().clear();
        Problem problem = model.previewProblemProperty().get();
        TaskPreview preview = model.previewProperty().get();
        if (!model.wrongProperty().get().isEmpty()) {
            happens.getChildren().add(line(false, Texts.get("submit.happens.wrong")));
            return;
        }
        if (problem != null) {
            happens.getChildren().add(line(false, problem.inOneLine()));
            return;
        }
        if (preview == null) {
            for (double width : new double[] {220, 130, 190}) {
                Region bone = new Region();
                bone.getStyleClass().add("skeleton");
                bone.setMinSize(width, 12);
                bone.setMaxSize(width, 12);
                happens.getChildren().add(bone);
            }
            return;
        }
        happens.setOpacity(model.previewingProperty().get() ? 0.55 : 1);
        SubmitModel.sentences(preview).forEach(text -> happens.getChildren().add(sentence(text)));
        Estimate estimate = preview.estimate();
        if (preview.outputs() > preview.reused()) {
            if (estimate == null) {
                happens.getChildren().add(sentence(Texts.get("submit.estimate.none")));
            } else {
                Label time = new Label(estimate(estimate));
                time.getStyleClass().add("figure-small");
                happens.getChildren().add(time);
                String ready =
                        Formats.time(clock.instant().plus(Duration.ofMillis((long) (estimate.seconds() * 1000))));
                happens.getChildren()
                        .add(sentence(Texts.get("submit.estimate.from", estimate.measured()) + " "
                                + Texts.get("submit.estimate.ready", ready)));
            }
        }
        Region rule = new Region();
        rule.getStyleClass().add("rule");
        VBox.setMargin(rule, new Insets(4, 0, 4, 0));
        happens.getChildren().add(rule);
        if (preview.engine() != null) {
            happens.getChildren()
                    .add(line(
                            true,
                            Texts.get(
                                    "submit.check.engine",
                                    preview.engine().version(),
                                    Formats.briefly(preview.engine().containment()))));
        }
        happens.getChildren()
                .add(line(
                        true,
                        Texts.get(
                                "submit.check.size",
                                Integer.toString(preview.width()),
                                Integer.toString(preview.height()))));
        boolean missing = model.model().missingFiles() > 0;
        if (!missing) {
            happens.getChildren().add(line(true, Texts.get("library.check.files")));
        }
        for (RenderWarning warning : preview.warnings()) {
            happens.getChildren().add(line(false, warning.message()));
        }
    }

    private static String estimate(Estimate estimate) {
        String time = Formats.clock(Duration.ofMillis((long) (estimate.seconds() * 1000)));
        String spread = Formats.clock(Duration.ofMillis((long) (estimate.spread() * 1000)));
        return spread.equals("0:00") ? time : time + " \u00b1 " + spread;
    }

    private static Label sentence(String text) {
        Label label = new Label(text);
        label.getStyleClass().add("secondary");
        label.setWrapText(true);
        label.setMinHeight(Region.USE_PREF_SIZE);
        return label;
    }

    private static Node line(boolean fine, String text) {
        Label words = new Label(text);
        words.setWrapText(true);
        words.setMinHeight(Region.USE_PREF_SIZE);
        HBox.setHgrow(words, Priority.ALWAYS);
        words.setMaxWidth(Double.MAX_VALUE);
        HBox line = new HBox(
                fine
                        ? Icons.of(Lucide.CIRCLE_CHECK, 15, "status-done", "status-icon")
                        : Icons.of(Lucide.CIRCLE_ALERT, 15, "status-rendering", "status-icon"),
                words);
        line.getStyleClass().add("check");
        return line;
    }
}

package studio.kiln.desktop.submit;

import static studio.kiln.desktop.submit.FormControls.choice;
import static studio.kiln.desktop.submit.FormControls.show;

import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCodeCombination;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskView;
import studio.kiln.desktop.controls.Picture;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** The submit dialog: the form on the left, what will happen on the right. */
public final class SubmitView extends BorderPane {
    private static final KeyCombination SEND = new KeyCodeCombination(KeyCode.ENTER, KeyCombination.SHORTCUT_DOWN);

    private final SubmitModel model;
    private final Consumer<TaskView> done;
    private final Runnable close;
    private final SubmitForm form;
    private final Button send = new Button("", Icons.of(Lucide.FLAME, 15));

    /**
     * @param engines what can be chosen to render with
     * @param done told of the task that was made
     * @param close closes the dialog; the form is kept
     */
    public SubmitView(
            SubmitModel model,
            Pictures pictures,
            List<EngineView> engines,
            Clock clock,
            Consumer<TaskView> done,
            Runnable close) {
        this.model = model;
        this.form = new SubmitForm(model, engines);
        this.done = done;
        this.close = close;
        getStyleClass().addAll("dialog-card", "on-panel");
        setId("submit");
        setMaxSize(920, USE_PREF_SIZE);
        setPrefWidth(920);
        setTop(head(pictures));
        ScrollPane scroll = new ScrollPane(form);
        scroll.setFitToWidth(true);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        setCenter(scroll);
        setRight(new Forecast(model, clock, done));
        setBottom(foot());
        addEventFilter(KeyEvent.KEY_PRESSED, event -> {
            if (SEND.match(event)) {
                event.consume();
                model.submit(done);
            }
        });
    }

    /** The field that takes the keyboard first. */
    public Node firstFocus() {
        return form.firstFocus();
    }

    private HBox head(Pictures pictures) {
        Picture picture = new Picture(Picture.Fit.COVER, 6);
        picture.setMinSize(84, 48);
        picture.setPrefSize(84, 48);
        picture.setMaxSize(84, 48);
        picture.setPlaceholder(Icons.of(Lucide.BOX, 20, "icon-faint"));
        if (model.model().thumbnail()) {
            pictures.ofVersion(model.version().id(), picture::setImage);
        }
        Label title = new Label(Texts.get("submit.title", model.model().name()));
        title.getStyleClass().add("subtitle");
        String saved = model.version().savedBy();
        Label origin = new Label(Texts.get("library.version", model.version().version())
                + (saved == null ? "" : " \u00b7 " + Texts.get("submit.saved", saved)));
        origin.getStyleClass().add("secondary");
        VBox words = new VBox(3, title, origin);
        words.setAlignment(Pos.CENTER_LEFT);
        words.setMinWidth(0);
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        HBox head = new HBox(picture, words, space);
        if (model.scenes().size() > 1) {
            head.getChildren()
                    .add(choice(
                            null,
                            model.sceneProperty(),
                            model.scenes().stream()
                                    .map(name -> new FormControls.Choice<>(name, name))
                                    .toList(),
                            name -> Texts.get("submit.scene", String.valueOf(name))));
        }
        Button reset = new Button(Texts.get("submit.reset"), Icons.of(Lucide.ROTATE_CCW, 13));
        reset.getStyleClass().setAll("chip");
        reset.setMinWidth(USE_PREF_SIZE);
        reset.setOnAction(event -> model.reset());
        head.getChildren().add(reset);
        head.getStyleClass().add("dialog-head");
        return head;
    }

    private Node foot() {
        Label hint = new Label(Texts.get("submit.hint"));
        hint.getStyleClass().add("secondary");
        hint.setWrapText(true);
        hint.setMaxWidth(Double.MAX_VALUE);
        hint.setMinWidth(0);
        HBox.setHgrow(hint, Priority.ALWAYS);
        Button cancel = new Button(Texts.get("cancel"));
        cancel.setMinWidth(USE_PREF_SIZE);
        cancel.setOnAction(event -> close.run());
        send.getStyleClass().add("primary");
        send.setId("submit-send");
        send.setMinWidth(USE_PREF_SIZE);
        send.setOnAction(event -> model.submit(done));
        Runnable name = () -> {
            int count = model.frameCount();
            TaskPreview preview = model.previewProperty().get();
            int left = preview == null ? count : Math.max(0, preview.outputs() - preview.reused());
            send.setText(
                    model.wrongProperty().get().isEmpty()
                            ? Texts.get("submit.send", Formats.number(left), left)
                            : Texts.get("submit.send.wrong"));
            send.setDisable(!model.wrongProperty().get().isEmpty()
                    || model.submittingProperty().get());
        };
        model.wrongProperty().subscribe(now -> name.run());
        model.previewProperty().subscribe(now -> name.run());
        model.submittingProperty().subscribe(now -> name.run());
        HBox buttons = new HBox(hint, cancel, send);
        buttons.getStyleClass().add("dialog-foot");
        Label refused = new Label();
        refused.getStyleClass().add("invalid-message");
        refused.setWrapText(true);
        refused.setPadding(new Insets(10, 22, 0, 22));
        refused.setMinHeight(USE_PREF_SIZE);
        model.refusedProperty().subscribe(problem -> {
            refused.setText(problem == null ? "" : problem.inOneLine());
            show(refused, problem != null);
        });
        return new VBox(refused, buttons);
    }
}

package studio.kiln.desktop.submit;

import atlantafx.base.controls.ProgressSliderSkin;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import javafx.beans.property.Property;
import javafx.beans.property.StringProperty;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.Slider;
import javafx.scene.control.TextField;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** The controls that a render form is made of. */
final class FormControls {
    private FormControls() {}

    /** @param value null where the file decides */
    record Choice<T>(@Nullable T value, String text) {}

    static VBox part(String key, Node... nodes) {
        Label title = new Label(Texts.get(key));
        title.getStyleClass().add("section-title");
        VBox part = new VBox(9, title);
        part.getChildren().addAll(nodes);
        return part;
    }

    static Button act(String key, Runnable run) {
        Button chip = new Button(Texts.get(key));
        chip.getStyleClass().setAll("chip");
        chip.setMinWidth(Region.USE_PREF_SIZE);
        chip.setOnAction(event -> run.run());
        return chip;
    }

    static TextField field(StringProperty property, String key, double width) {
        TextField field = new TextField();
        field.textProperty().bindBidirectional(property);
        field.getStyleClass().add("number");
        field.setAccessibleText(Texts.get(key));
        field.setId(key.replace('.', '-'));
        field.setPrefWidth(width);
        field.setMinWidth(width);
        field.setMaxWidth(width);
        return field;
    }

    static Node sliderLine(String key, Slider slider, TextField field) {
        Label label = new Label(Texts.get(key));
        label.getStyleClass().add("secondary");
        label.setMinWidth(110);
        slider.setAccessibleText(Texts.get(key));
        HBox.setHgrow(slider, Priority.ALWAYS);
        HBox line = new HBox(10, label, slider, field);
        line.setAlignment(Pos.CENTER_LEFT);
        return line;
    }

    /** Keeps a slider and a text together; {@code toSlider} gives 0 to 1. */
    static void twin(
            Slider slider, StringProperty text, Function<Double, Double> toSlider, Function<Double, String> toText) {
        slider.setSkin(new ProgressSliderSkin(slider));
        slider.setBlockIncrement(0.02);
        boolean[] fromText = {false};
        text.subscribe(now -> {
            try {
                fromText[0] = true;
                slider.setValue(toSlider.apply(now == null || now.isBlank() ? 0 : Double.parseDouble(now.strip())));
            } catch (NumberFormatException e) {
                // the field says what is wrong; the slider stays where it was
                slider.setValue(slider.getValue());
            } finally {
                fromText[0] = false;
            }
        });
        slider.valueProperty().addListener((at, before, now) -> {
            if (!fromText[0]) {
                text.set(toText.apply(now.doubleValue()));
            }
        });
    }

    /**
     * A menu of choices.
     *
     * @param key of the text around what is chosen, or null for that alone
     * @param shown says what is chosen, or null for the text of the choice
     */
    static <T> MenuButton choice(
            @Nullable String key,
            Property<T> property,
            List<Choice<T>> choices,
            @Nullable Function<@Nullable T, String> shown) {
        MenuButton button = new MenuButton();
        button.getStyleClass().add("chip");
        button.setMinWidth(Region.USE_PREF_SIZE);
        for (Choice<T> each : choices) {
            MenuItem item = new MenuItem(each.text());
            item.setOnAction(event -> property.setValue(each.value()));
            button.getItems().add(item);
        }
        property.subscribe(now -> {
            String text = shown != null
                    ? shown.apply(now)
                    : choices.stream()
                            .filter(each -> Objects.equals(each.value(), now))
                            .map(Choice::text)
                            .findFirst()
                            .orElse(String.valueOf(now));
            button.setText(key == null ? text : Texts.get(key, text));
            for (int i = 0; i < choices.size(); i++) {
                boolean chosen = Objects.equals(choices.get(i).value(), now);
                Region blank = new Region();
                blank.setMinWidth(14);
                button.getItems().get(i).setGraphic(chosen ? Icons.of(Lucide.CHECK, 14) : blank);
            }
        });
        return button;
    }

    static void show(Node node, boolean visible) {
        node.setVisible(visible);
        node.setManaged(visible);
    }
}

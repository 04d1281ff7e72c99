package studio.kiln.desktop.admin;

import javafx.collections.ListChangeListener;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.util.StringConverter;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Access;
import studio.kiln.core.api.ShareView;
import studio.kiln.desktop.shell.Form;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** Shares one thing with people and groups, and takes shares back. */
public final class ShareForm extends Form {
    private final ShareModel model;
    private final VBox lines = new VBox(6);
    private final ComboBox<ShareModel.Whom> whom = new ComboBox<>();

    /** @param name of the thing */
    public ShareForm(ShareModel model, String name, Runnable close) {
        super("share.title");
        this.model = model;
        Label what = new Label(Texts.get("share.text", name));
        what.setWrapText(true);
        what.getStyleClass().add("muted");
        say(what);
        say(lines);
        whom.setId("share-whom");
        whom.setItems(model.people());
        whom.setPrefWidth(390);
        whom.setConverter(words(ShareForm::text));
        field("share.with", whom);
        ComboBox<Access> access = new ComboBox<>();
        access.getItems().setAll(Access.READ, Access.EDIT);
        access.setValue(Access.READ);
        access.setConverter(words(given -> Texts.get("share.for." + given.word())));
        field("share.for", access);
        button("close", false, close);
        Button share = button("share.send", true, () -> model.add(whom.getValue(), access.getValue()));
        share.setId("share-send");
        share.disableProperty().bind(whom.valueProperty().isNull());
        model.shares().addListener((ListChangeListener<ShareView>) change -> fill());
        fill();
        model.read();
    }

    private void fill() {
        lines.getChildren().clear();
        if (model.shares().isEmpty()) {
            Label nobody = new Label(Texts.get("share.nobody"));
            nobody.getStyleClass().add("faint");
            lines.getChildren().add(nobody);
        }
        for (ShareView share : model.shares()) {
            boolean group = share.user() == null;
            String name = String.valueOf(group ? share.group() : share.user());
            Label who = new Label(name, Icons.of(group ? Lucide.USERS : Lucide.EYE, 14));
            who.setGraphicTextGap(8);
            Label how = new Label(Texts.get("share.for." + share.access().word()));
            how.getStyleClass().add("secondary");
            Region space = new Region();
            HBox.setHgrow(space, Priority.ALWAYS);
            Button remove = new Button("", Icons.of(Lucide.X, 14));
            remove.getStyleClass().addAll("plain", "square");
            remove.setAccessibleText(Texts.get("share.remove", name));
            remove.setOnAction(event -> model.remove(share));
            HBox line = new HBox(10, who, how, space, remove);
            line.setAlignment(Pos.CENTER_LEFT);
            lines.getChildren().add(line);
        }
    }

    private static String text(ShareModel.Whom whom) {
        return whom.group() ? Texts.get("share.group", whom.name()) : whom.name();
    }

    private static <T> StringConverter<T> words(java.util.function.Function<T, String> text) {
        return new StringConverter<>() {
            @Override
            public String toString(@Nullable T value) {
                return value == null ? "" : text.apply(value);
            }

            @Override
            public @Nullable T fromString(String typed) {
                return null;
            }
        };
    }

    @Override
    public Node firstFocus() {
        return whom;
    }
}

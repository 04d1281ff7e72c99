package studio.kiln.desktop.admin;

import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.Spinner;
import javafx.scene.control.TextField;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import studio.kiln.core.api.TokenAdded;
import studio.kiln.desktop.shell.Form;
import studio.kiln.desktop.shell.Texts;

/** Asks what a token is for, and shows it once. */
final class TokenForm extends Form {
    private static final int USUAL_DAYS = 90;
    private static final int MOST_DAYS = 366;

    private final TextField name = new TextField();

    TokenForm(AdminModel model, Runnable close) {
        super("admin.token.add");
        Spinner<Integer> days = new Spinner<>(1, MOST_DAYS, USUAL_DAYS);
        days.setEditable(true);
        field("admin.field.purpose", name);
        field("admin.field.days", days);
        button("cancel", false, close);
        Button make = button(
                "admin.token.make",
                true,
                () -> model.addToken(name.getText(), days.getValue(), made -> show(made, close)));
        make.disableProperty().bind(name.textProperty().isEmpty());
    }

    private void show(TokenAdded made, Runnable close) {
        TextField secret = new TextField(made.token());
        secret.setEditable(false);
        secret.getStyleClass().add("mono");
        Label once = new Label(Texts.get("admin.token.once"));
        once.setWrapText(true);
        once.getStyleClass().add("muted");
        field("admin.token", secret);
        say(once);
        clearButtons();
        button("admin.token.copy", true, () -> {
            ClipboardContent content = new ClipboardContent();
            content.putString(made.token());
            Clipboard.getSystemClipboard().setContent(content);
        });
        button("close", false, close);
    }

    @Override
    public Node firstFocus() {
        return name;
    }
}

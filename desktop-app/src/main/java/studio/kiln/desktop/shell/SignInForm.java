package studio.kiln.desktop.shell;

import java.util.function.BiConsumer;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.PasswordField;
import javafx.scene.control.TextField;

/** Asks for name and password of a server where people have accounts. */
public final class SignInForm extends Form {
    private final TextField name = new TextField();
    private final PasswordField password = new PasswordField();
    private final Label wrong = new Label();
    private final Button send;

    /**
     * @param host what the server is called
     * @param user the name that is tried first
     * @param signIn gets name and password; what comes of it is told by {@link #refused}, or the form is closed
     */
    public SignInForm(String host, String user, BiConsumer<String, String> signIn) {
        super("signin.title");
        Label text = new Label(Texts.get("signin.text", host));
        text.setWrapText(true);
        text.getStyleClass().add("muted");
        say(text);
        name.setText(user);
        field("signin.name", name);
        field("signin.password", password);
        wrong.getStyleClass().add("bad");
        wrong.setWrapText(true);
        wrong.setMinHeight(USE_PREF_SIZE);
        wrong.visibleProperty().bind(wrong.textProperty().isEmpty().not());
        wrong.managedProperty().bind(wrong.visibleProperty());
        say(wrong);
        send = button("signin.send", true, () -> {
            setBusy(true);
            signIn.accept(name.getText().strip(), password.getText());
        });
    }

    /** Says why it did not work, for another try. */
    public void refused(Problem problem) {
        setBusy(false);
        wrong.setText(problem.inOneLine());
        password.clear();
        password.requestFocus();
    }

    private void setBusy(boolean busy) {
        send.setDisable(busy);
        wrong.setText("");
    }

    @Override
    public Node firstFocus() {
        return name.getText().isEmpty() ? name : password;
    }
}

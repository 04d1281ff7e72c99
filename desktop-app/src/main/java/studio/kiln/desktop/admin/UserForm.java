package studio.kiln.desktop.admin;

import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ComboBox;
import javafx.scene.control.PasswordField;
import javafx.scene.control.TextField;
import studio.kiln.core.access.Role;
import studio.kiln.desktop.shell.Form;

/** Asks for what a new account needs. What the server says against it comes as a notice, and the form stays. */
final class UserForm extends Form {
    private final TextField name = new TextField();

    UserForm(AdminModel model, Runnable close) {
        super("admin.user.add");
        TextField display = new TextField();
        ComboBox<Role> role = AdminView.roles();
        role.setValue(Role.ARTIST);
        PasswordField password = new PasswordField();
        field("admin.field.name", name);
        field("admin.field.display", display);
        field("admin.field.role", role);
        field("admin.field.password", password);
        button("cancel", false, close);
        Button add = button(
                "admin.user.make",
                true,
                () -> model.add(name.getText(), display.getText(), role.getValue(), password.getText(), close));
        add.disableProperty()
                .bind(name.textProperty().isEmpty().or(password.textProperty().isEmpty()));
    }

    @Override
    public Node firstFocus() {
        return name;
    }
}

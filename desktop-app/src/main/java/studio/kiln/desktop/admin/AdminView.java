package studio.kiln.desktop.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javafx.beans.binding.Bindings;
import javafx.beans.property.SimpleObjectProperty;
import javafx.collections.ListChangeListener;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.CheckBox;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.TableCell;
import javafx.scene.control.TableColumn;
import javafx.scene.control.TableView;
import javafx.scene.control.TextField;
import javafx.scene.control.ToggleButton;
import javafx.scene.control.ToggleGroup;
import javafx.scene.control.Tooltip;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.StringConverter;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.api.UserView;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Icons;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Overlay;
import studio.kiln.desktop.shell.Texts;

/** Three tables: the people of the studio, one's own tokens, and what everybody did. */
public final class AdminView extends VBox {
    private final AdminModel model;
    private final Overlay overlay;
    private final StackPane page = new StackPane();
    private final HBox tools = new HBox(10);

    public AdminView(AdminModel model, Overlay overlay) {
        this.model = model;
        this.overlay = overlay;
        getStyleClass().add("page");
        Label title = new Label(Texts.get("room.admin"));
        title.getStyleClass().add("title");
        HBox choices = new HBox();
        choices.getStyleClass().add("segmented");
        choices.setMaxHeight(USE_PREF_SIZE);
        ToggleGroup one = new ToggleGroup();
        ToggleButton first = choice(one, "users", Lucide.USERS, users(), addUser());
        choices.getChildren()
                .addAll(
                        first,
                        choice(one, "tokens", Lucide.LOCK, tokens(), addToken()),
                        choice(one, "audit", Lucide.SCROLL_TEXT, audit(), verify()));
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        tools.setAlignment(Pos.CENTER_RIGHT);
        HBox head = new HBox(title, choices, space, tools);
        head.getStyleClass().add("page-head");
        VBox.setVgrow(page, Priority.ALWAYS);
        getChildren().addAll(head, page);
        first.fire();
    }

    private ToggleButton choice(ToggleGroup one, String key, Lucide icon, Node content, Node tool) {
        ToggleButton button = new ToggleButton(Texts.get("admin." + key), Icons.of(icon, 14));
        button.setId("admin-" + key);
        button.setToggleGroup(one);
        button.setMinWidth(USE_PREF_SIZE);
        button.setOnAction(event -> {
            button.setSelected(true);
            page.getChildren().setAll(content);
            tools.getChildren().setAll(tool);
            model.read();
        });
        return button;
    }

    // ---- people

    private Node users() {
        TableView<UserView> table = table("admin-users-table", "admin.users.none");
        table.getColumns().add(text("name", 130, UserView::name));
        table.getColumns().add(text("display", 160, UserView::displayName));
        table.getColumns().add(cells("role", 150, RoleCell::new));
        table.getColumns().add(text("groups", 130, user -> String.join(", ", user.groups())));
        table.getColumns()
                .add(text(
                        "seen",
                        120,
                        user -> user.seenAt() == null ? Texts.get("admin.never") : Formats.time(user.seenAt())));
        table.getColumns().add(cells("state", 150, StateCell::new));
        table.setItems(model.users());
        return table;
    }

    private Node addUser() {
        Button add = new Button(Texts.get("admin.user.add"), Icons.of(Lucide.PLUS));
        add.getStyleClass().add("primary");
        add.setOnAction(event -> {
            UserForm form = new UserForm(model, overlay::close);
            overlay.show(form, form.firstFocus(), () -> {});
        });
        return add;
    }

    private final class RoleCell extends TableCell<UserView, UserView> {
        private final ComboBox<Role> roles = roles();
        private boolean filling;

        RoleCell() {
            roles.setMinHeight(30);
            roles.setPrefWidth(150);
            roles.setOnAction(event -> {
                UserView user = getItem();
                Role role = roles.getValue();
                if (!filling && user != null && role != null) {
                    model.setRole(user, role);
                }
            });
        }

        @Override
        protected void updateItem(@Nullable UserView user, boolean empty) {
            super.updateItem(user, empty);
            if (empty || user == null) {
                setGraphic(null);
                return;
            }
            filling = true;
            roles.setValue(user.role());
            roles.setAccessibleText(Texts.get("admin.role.of", user.name()));
            filling = false;
            setGraphic(roles);
        }
    }

    private final class StateCell extends TableCell<UserView, UserView> {
        @Override
        protected void updateItem(@Nullable UserView user, boolean empty) {
            super.updateItem(user, empty);
            if (empty || user == null) {
                setGraphic(null);
                return;
            }
            Button change = new Button(
                    Texts.get(user.disabled() ? "admin.enable" : "admin.disable"),
                    Icons.of(user.disabled() ? Lucide.LOCK_OPEN : Lucide.BAN, 13));
            change.setAccessibleText(Texts.get(user.disabled() ? "admin.enable.of" : "admin.disable.of", user.name()));
            change.setOnAction(event -> model.setDisabled(user, !user.disabled()));
            setGraphic(change);
        }
    }

    static ComboBox<Role> roles() {
        ComboBox<Role> roles = new ComboBox<>();
        roles.getItems().setAll(Role.values());
        roles.setConverter(new StringConverter<>() {
            @Override
            public String toString(@Nullable Role role) {
                return role == null ? "" : Texts.get("admin.role." + role.word());
            }

            @Override
            public @Nullable Role fromString(String text) {
                return null;
            }
        });
        return roles;
    }

    // ---- tokens

    private Node tokens() {
        TableView<TokenView> table = table("admin-tokens-table", "admin.tokens.none");
        table.getColumns().add(text("name", 200, TokenView::name));
        table.getColumns()
                .add(text(
                        "kind",
                        150,
                        token -> Texts.get("admin.kind." + token.kind())
                                + (token.current() ? " \u00b7 " + Texts.get("admin.current") : "")));
        table.getColumns().add(text("expires", 140, token -> Formats.time(token.expiresAt())));
        table.getColumns()
                .add(text(
                        "used",
                        140,
                        token -> token.usedAt() == null ? Texts.get("admin.never") : Formats.time(token.usedAt())));
        table.getColumns().add(cells("revoke", 120, RevokeCell::new));
        table.setItems(model.tokens());
        VBox.setVgrow(table, Priority.ALWAYS);
        Label name = new Label(Texts.get("admin.whose"));
        name.getStyleClass().add("secondary");
        ComboBox<String> whose = new ComboBox<>();
        whose.setId("admin-whose");
        whose.setAccessibleText(Texts.get("admin.whose"));
        whose.setPrefWidth(180);
        whose.setConverter(new StringConverter<>() {
            @Override
            public String toString(@Nullable String user) {
                return user == null || user.isEmpty() ? Texts.get("admin.mine") : user;
            }

            @Override
            public @Nullable String fromString(String text) {
                return null;
            }
        });
        whose.getItems().add("");
        whose.setValue("");
        model.users().addListener((ListChangeListener<UserView>) change -> offer(whose));
        offer(whose);
        whose.valueProperty()
                .addListener((at, before, now) -> model.whoseProperty().set(now == null ? "" : now));
        model.whoseProperty().subscribe(now -> whose.setValue(now));
        HBox choice = new HBox(10, name, whose);
        choice.setAlignment(Pos.CENTER_LEFT);
        return new VBox(12, choice, table);
    }

    /** Oneself, then everybody; the one who is chosen stays so. */
    private void offer(ComboBox<String> whose) {
        List<String> names = new ArrayList<>(List.of(""));
        model.users().forEach(user -> names.add(user.name()));
        if (!whose.getItems().equals(names)) {
            String chosen = model.whoseProperty().get();
            whose.getItems().setAll(names);
            whose.setValue(names.contains(chosen) ? chosen : "");
        }
    }

    private final class RevokeCell extends TableCell<TokenView, TokenView> {
        @Override
        protected void updateItem(@Nullable TokenView token, boolean empty) {
            super.updateItem(token, empty);
            if (empty || token == null) {
                setGraphic(null);
                return;
            }
            Button revoke = new Button(Texts.get("admin.revoke"), Icons.of(Lucide.TRASH_2, 13));
            revoke.setAccessibleText(Texts.get("admin.revoke.of", token.name()));
            revoke.setOnAction(event -> model.revoke(token));
            setGraphic(revoke);
        }
    }

    private Node addToken() {
        Button add = new Button(Texts.get("admin.token.add"), Icons.of(Lucide.PLUS));
        add.getStyleClass().add("primary");
        add.setOnAction(event -> {
            TokenForm form = new TokenForm(model, overlay::close);
            overlay.show(form, form.firstFocus(), () -> {});
        });
        return add;
    }

    // ---- audit

    private Node audit() {
        TextField actor = filter("admin.filter.actor");
        actor.textProperty().bindBidirectional(model.actorProperty());
        TextField act = filter("admin.filter.act");
        act.textProperty().bindBidirectional(model.actProperty());
        CheckBox refused = new CheckBox(Texts.get("admin.filter.refused"));
        refused.selectedProperty().bindBidirectional(model.refusedOnlyProperty());
        HBox filters = new HBox(10, actor, act, refused);
        filters.setAlignment(Pos.CENTER_LEFT);
        TableView<AuditEntry> table = table("admin-audit-table", "admin.audit.none");
        table.getColumns().add(text("time", 160, entry -> Formats.dayAndTime(entry.at())));
        table.getColumns().add(text("who", 110, AuditEntry::actor));
        table.getColumns().add(text("by", 90, entry -> Texts.get("admin.by." + entry.actorKind())));
        table.getColumns().add(text("from", 120, AuditEntry::address));
        table.getColumns().add(text("act", 180, AuditEntry::act));
        table.getColumns().add(cells("outcome", 100, OutcomeCell::new));
        table.getColumns().add(text("detail", 300, AuditEntry::detail));
        table.setItems(model.entries());
        VBox.setVgrow(table, Priority.ALWAYS);
        Button more = new Button(Texts.get("admin.more"), Icons.of(Lucide.CHEVRON_DOWN, 14));
        more.setOnAction(event -> model.readMore());
        more.visibleProperty().bind(model.moreProperty());
        more.managedProperty().bind(more.visibleProperty());
        return new VBox(12, filters, table, more);
    }

    private static TextField filter(String key) {
        TextField field = new TextField();
        field.setPromptText(Texts.get(key));
        field.setAccessibleText(Texts.get(key));
        field.setPrefWidth(180);
        return field;
    }

    /** Text that a narrow column cuts off is whole in the tooltip. */
    private static final class TextCell<T> extends TableCell<T, String> {
        private final Tooltip whole = new Tooltip();

        @Override
        protected void updateItem(@Nullable String text, boolean empty) {
            super.updateItem(text, empty);
            setText(empty ? null : text);
            whole.setText(text);
            setTooltip(empty || text == null || text.isEmpty() ? null : whole);
        }
    }

    private static final class OutcomeCell extends TableCell<AuditEntry, AuditEntry> {
        @Override
        protected void updateItem(@Nullable AuditEntry entry, boolean empty) {
            super.updateItem(entry, empty);
            if (empty || entry == null) {
                setGraphic(null);
                return;
            }
            boolean refused = entry.outcome().equals("refused");
            Label label = new Label(
                    Texts.get(refused ? "admin.refused" : "admin.done"),
                    Icons.of(refused ? Lucide.CIRCLE_X : Lucide.CIRCLE_CHECK, 13));
            label.getStyleClass().addAll("status", refused ? "status-failed" : "status-done");
            setGraphic(label);
        }
    }

    private Node verify() {
        Label found = new Label();
        found.getStyleClass().add("secondary");
        found.textProperty()
                .bind(Bindings.createStringBinding(
                        () -> said(model.reportProperty().get()), model.reportProperty()));
        Button look = new Button(Texts.get("admin.verify"), Icons.of(Lucide.SHIELD_CHECK, 14));
        look.setOnAction(event -> model.verify());
        HBox both = new HBox(10, found, look);
        both.setAlignment(Pos.CENTER_RIGHT);
        return both;
    }

    private static String said(@Nullable AuditReport report) {
        if (report == null) {
            return "";
        }
        return report.breaks().isEmpty()
                ? Texts.get("admin.sound", Formats.number(report.sealed()), Formats.number(report.unsealed()))
                : Texts.get("admin.broken", report.breaks().getFirst());
    }

    // ---- tables

    private static <T> TableView<T> table(String id, String none) {
        TableView<T> table = new TableView<>();
        table.setId(id);
        table.setFixedCellSize(44);
        table.setColumnResizePolicy(TableView.CONSTRAINED_RESIZE_POLICY_FLEX_LAST_COLUMN);
        Label empty = new Label(Texts.get(none));
        empty.getStyleClass().add("muted");
        table.setPlaceholder(empty);
        return table;
    }

    private static <T> TableColumn<T, String> text(String key, double width, Function<T, String> value) {
        TableColumn<T, String> column = new TableColumn<>(Texts.get("admin.column." + key));
        column.setPrefWidth(width);
        column.setSortable(false);
        column.setCellValueFactory(row -> new SimpleObjectProperty<>(value.apply(row.getValue())));
        column.setCellFactory(at -> new TextCell<>());
        return column;
    }

    private static <T> TableColumn<T, T> cells(
            String key, double width, java.util.function.Supplier<TableCell<T, T>> cell) {
        TableColumn<T, T> column = new TableColumn<>(Texts.get("admin.column." + key));
        column.setPrefWidth(width);
        column.setSortable(false);
        column.setCellValueFactory(row -> new SimpleObjectProperty<>(row.getValue()));
        column.setCellFactory(at -> cell.get());
        return column;
    }
}

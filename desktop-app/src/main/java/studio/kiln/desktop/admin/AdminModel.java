package studio.kiln.desktop.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.SimpleBooleanProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Permission;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.TokenAdd;
import studio.kiln.core.api.TokenAdded;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;

/** The accounts, one's own tokens, and the audit log. FX thread only. */
public final class AdminModel {
    private static final int PAGE = 100;

    private final ServerLink link;
    private final Background background;
    private final ReadOnlyObjectWrapper<Boolean> allowed = new ReadOnlyObjectWrapper<>(this, "allowed", false);
    private final ReadOnlyObjectWrapper<@Nullable Me> me = new ReadOnlyObjectWrapper<>(this, "me");
    private final ReadOnlyObjectWrapper<@Nullable AuditReport> report = new ReadOnlyObjectWrapper<>(this, "report");
    private final ObservableList<UserView> users = FXCollections.observableArrayList();
    private final ObservableList<TokenView> tokens = FXCollections.observableArrayList();
    private final ObservableList<AuditEntry> entries = FXCollections.observableArrayList();
    private final ReadOnlyObjectWrapper<Boolean> more = new ReadOnlyObjectWrapper<>(this, "more", false);
    private final StringProperty actor = new SimpleStringProperty(this, "actor", "");
    private final StringProperty whose = new SimpleStringProperty(this, "whose", "");
    private final StringProperty act = new SimpleStringProperty(this, "act", "");
    private final SimpleBooleanProperty refusedOnly = new SimpleBooleanProperty(this, "refusedOnly");
    private Consumer<Problem> onRefused = refused -> {};
    private @Nullable String cursor;
    private int asked;

    public AdminModel(ServerLink link, Background background) {
        this.link = link;
        this.background = background;
        link.listen(changes -> {
            if (changes.stream().anyMatch(Change.Reset.class::isInstance)) {
                readMe();
            }
        });
        whose.subscribe(now -> {
            if (allowed.get()) {
                readTokens();
            }
        });
        actor.subscribe(this::readAudit);
        act.subscribe(this::readAudit);
        refusedOnly.subscribe(now -> readAudit());
    }

    /** Whether whoever sits here administers a studio. */
    public ReadOnlyObjectProperty<Boolean> allowedProperty() {
        return allowed.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable Me> meProperty() {
        return me.getReadOnlyProperty();
    }

    /** What the last look through the audit log found; null when none was taken. */
    public ReadOnlyObjectProperty<@Nullable AuditReport> reportProperty() {
        return report.getReadOnlyProperty();
    }

    /** By name. */
    public ObservableList<UserView> users() {
        return users;
    }

    /** The name of the account whose tokens are shown; "" is one's own. */
    public StringProperty whoseProperty() {
        return whose;
    }

    /** Of {@link #whoseProperty}, newest first. */
    public ObservableList<TokenView> tokens() {
        return tokens;
    }

    /** Those that pass the filters, newest first; as many as were asked for. */
    public ObservableList<AuditEntry> entries() {
        return entries;
    }

    /** Whether there are older entries. */
    public ReadOnlyObjectProperty<Boolean> moreProperty() {
        return more.getReadOnlyProperty();
    }

    public StringProperty actorProperty() {
        return actor;
    }

    public StringProperty actProperty() {
        return act;
    }

    public SimpleBooleanProperty refusedOnlyProperty() {
        return refusedOnly;
    }

    public void setOnRefused(Consumer<Problem> receiver) {
        onRefused = receiver;
    }

    private void readMe() {
        background.run(
                () -> link.client().me(),
                now -> {
                    me.set(now);
                    allowed.set(now.role() != null && now.permissions().contains(Permission.ADMINISTER));
                    if (allowed.get()) {
                        read();
                    }
                },
                // the line says already that the server does not answer
                problem -> {});
    }

    /** Reads everything anew. */
    public void read() {
        readUsers();
        readTokens();
        readAudit();
    }

    private void readUsers() {
        run(KilnClient::users, users::setAll);
    }

    private void readTokens() {
        String name = whose.get();
        run(client -> name.isEmpty() ? client.tokens() : client.tokensOf(name), read -> {
            // an answer about another comes too late
            if (name.equals(whose.get())) {
                tokens.setAll(read);
            }
        });
    }

    /** Reads the newest entries that pass the filters. */
    public void readAudit() {
        if (!allowed.get()) {
            return;
        }
        int mine = ++asked;
        Map<String, String> filter = filter();
        run(client -> client.audit(filter, null, PAGE), page -> {
            // an answer to an earlier filter comes too late
            if (mine == asked) {
                entries.setAll(page.items());
                turned(page);
            }
        });
    }

    /** Reads older entries. */
    public void readMore() {
        String from = cursor;
        int mine = asked;
        if (from != null) {
            Map<String, String> filter = filter();
            run(client -> client.audit(filter, from, PAGE), page -> {
                if (mine == asked && from.equals(cursor)) {
                    entries.addAll(page.items());
                    turned(page);
                }
            });
        }
    }

    private void turned(Page<AuditEntry> page) {
        cursor = page.next();
        more.set(cursor != null);
    }

    private Map<String, String> filter() {
        Map<String, String> filter = new LinkedHashMap<>();
        if (!actor.get().isBlank()) {
            filter.put("actor", actor.get().strip());
        }
        if (!act.get().isBlank()) {
            filter.put("act", act.get().strip());
        }
        if (refusedOnly.get()) {
            filter.put("outcome", "refused");
        }
        return filter;
    }

    /** Looks through the whole audit log; takes its time where there is much of it. */
    public void verify() {
        run(client -> client.verifyAudit(null), report::set);
    }

    /** @param done called when there is the account */
    public void add(String name, String displayName, Role role, String password, Runnable done) {
        run(
                client -> client.addUser(new UserAdd(name, displayName.isBlank() ? null : displayName, role, password)),
                added -> {
                    readUsers();
                    done.run();
                });
    }

    public void setRole(UserView user, Role role) {
        if (user.role() != role) {
            // also when it is refused: the choice on the screen goes back
            ask(() -> link.client().setRole(user.name(), role), changed -> readUsers(), refused -> readUsers());
        }
    }

    public void setDisabled(UserView user, boolean disabled) {
        run(client -> disabled ? client.disableUser(user.name()) : client.enableUser(user.name()), done -> readUsers());
    }

    /** @param made gets the secret, which is never to be had again */
    public void addToken(String name, int days, Consumer<TokenAdded> made) {
        run(client -> client.addToken(new TokenAdd(name, days)), added -> {
            whose.set("");
            readTokens();
            made.accept(added);
        });
    }

    public void revoke(TokenView token) {
        String name = whose.get();
        run(
                client -> {
                    if (name.isEmpty()) {
                        client.revokeToken(token.id());
                    } else {
                        client.revokeTokenOf(name, token.id());
                    }
                    return List.of();
                },
                done -> readTokens());
    }

    private <T> void run(Function<KilnClient, T> request, Consumer<T> done) {
        ask(() -> request.apply(link.client()), done, refused -> {});
    }

    private <T> void ask(Callable<T> request, Consumer<T> done, Consumer<Problem> failed) {
        background.run(request, done, problem -> {
            onRefused.accept(problem);
            failed.accept(problem);
        });
    }
}

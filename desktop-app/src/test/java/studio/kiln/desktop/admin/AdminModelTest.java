package studio.kiln.desktop.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.api.UserView;
import studio.kiln.desktop.Quiet;
import studio.kiln.desktop.SampleServer;
import studio.kiln.desktop.shell.Problem;

class AdminModelTest {
    private SampleServer server;
    private Quiet quiet;
    private AdminModel admin;
    private final List<Problem> refused = new CopyOnWriteArrayList<>();

    private void open(SampleServer opened) {
        server = opened;
        quiet = new Quiet(server);
        admin = quiet.on(() -> new AdminModel(quiet.link, quiet.background));
        quiet.run(() -> admin.setOnRefused(refused::add));
        quiet.link.start();
        await().until(() -> quiet.on(() -> admin.meProperty().get() != null));
    }

    @AfterEach
    void close() {
        quiet.close();
        server.close();
    }

    private List<UserView> users() {
        return quiet.on(() -> List.copyOf(admin.users()));
    }

    @Test
    void onOnesOwnMachineThereIsNobodyToAdminister() throws IOException {
        open(SampleServer.filled());
        assertThat(quiet.on(() -> admin.allowedProperty().get())).isFalse();
        assertThat(server.asked).doesNotContain("GET /api/users", "GET /api/audit");
    }

    @Test
    void anAdministratorSeesAccountsAndTheLog() throws IOException {
        open(SampleServer.studio());
        await().until(() ->
                users().size() == 2 && quiet.on(() -> admin.entries().size()) == 2);
        assertThat(quiet.on(() -> admin.allowedProperty().get())).isTrue();
        quiet.run(() -> admin.verify());
        await().until(() -> quiet.on(() -> admin.reportProperty().get() != null));
    }

    @Test
    void tokensAreShownOfWhomeverIsChosen() throws IOException {
        open(SampleServer.studio());
        await().until(() -> quiet.on(() -> admin.tokens().size()) == 1);
        quiet.run(() -> admin.whoseProperty().set("jonas"));
        await().until(() -> quiet.on(() -> admin.tokens().size()) == 2);
        TokenView one = quiet.on(() -> admin.tokens().getFirst());
        quiet.run(() -> admin.revoke(one));
        await().until(() -> server.asked.contains("DELETE /api/users/jonas/tokens/t2"));
    }

    @Test
    void theFiltersOfTheLogGoToTheServer() throws IOException {
        open(SampleServer.studio());
        quiet.run(() -> {
            admin.actorProperty().set("jonas");
            admin.refusedOnlyProperty().set(true);
        });
        await().until(() -> server.audited.stream()
                .anyMatch(query -> query.contains("actor=jonas") && query.contains("outcome=refused")));
    }

    @Test
    void anAccountIsMadeAndKeptOutAndTheLastAdministratorStays() throws IOException {
        open(SampleServer.studio());
        await().until(() -> users().size() == 2);
        quiet.run(() -> admin.add("ada", "", Role.ARTIST, "correct horse", () -> {}));
        await().until(() -> users().size() == 3);
        UserView jonas = users().getFirst();
        quiet.run(() -> admin.setDisabled(jonas, true));
        await().until(() -> users().getFirst().disabled());
        UserView mei = users().get(1);
        quiet.run(() -> admin.setDisabled(mei, true));
        await().until(() -> !refused.isEmpty());
        assertThat(users().get(1).disabled()).isFalse();
    }
}

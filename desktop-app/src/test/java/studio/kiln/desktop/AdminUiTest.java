package studio.kiln.desktop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.control.TableView;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.desktop.admin.ShareModel;
import studio.kiln.desktop.shell.Place;
import studio.kiln.desktop.shell.ThemeChoice;

/** The room of administrators, on a stage without a display. */
@Tag("ui")
@ExtendWith(ApplicationExtension.class)
class AdminUiTest {
    private final AtomicReference<ServerAddress> address = new AtomicReference<>();
    private SampleServer server;
    private Studio studio;

    @Start
    void start(Stage stage) throws IOException {
        server = SampleServer.studio();
        address.set(server.address());
        studio = new Studio(
                address::get,
                "farm.example",
                Clock.systemUTC(),
                1280,
                800,
                ThemeChoice.DARK,
                new Place.InRoom("library"));
        stage.setScene(studio.scene());
        stage.setWidth(1280);
        stage.setHeight(800);
        stage.show();
        studio.setOnSignedIn(address::set);
        studio.start();
    }

    @AfterEach
    void close() throws Exception {
        WaitForAsyncUtils.asyncFx(() -> studio.close()).get();
        server.close();
    }

    private static <T> T fx(Callable<T> work) throws Exception {
        assertThat(Platform.isFxApplicationThread()).isFalse();
        return WaitForAsyncUtils.asyncFx(work).get();
    }

    @Test
    void anAdministratorFindsTheRoomMakesAnAccountAndReadsTheLog(FxRobot robot) throws Exception {
        await().until(() -> robot.lookup("#nav-admin").tryQuery().isPresent());
        robot.clickOn("#nav-admin");
        TableView<?> users = robot.lookup("#admin-users-table").query();
        await().until(() -> fx(() -> users.getItems().size()) == 2);

        robot.clickOn("Add account");
        robot.write("ada");
        Node password = robot.lookup(".password-field").query();
        robot.clickOn(password).write("correct horse battery");
        robot.clickOn("Make the account");
        await().until(() -> fx(() -> users.getItems().size()) == 3);
        assertThat(server.users.get("ada").role().word()).isEqualTo("artist");

        robot.clickOn("#admin-audit");
        TableView<?> audit = robot.lookup("#admin-audit-table").query();
        await().until(() -> fx(() -> audit.getItems().size()) == 2);
        robot.clickOn("Check the seals");
        await().until(() ->
                robot.lookup("Sound: 9 sealed, 0 not sealed yet").tryQuery().isPresent());
    }

    @Test
    void aTaskIsSharedWithAGroup(FxRobot robot) throws Exception {
        await().until(() -> robot.lookup("#nav-admin").tryQuery().isPresent());
        WaitForAsyncUtils.asyncFx(() -> studio.navigator().go(new Place.OfTask("t11")))
                .get();
        await().until(() -> robot.lookup("#task").tryQuery().isPresent());
        robot.clickOn("Share\u2026");
        await().until(() -> robot.lookup("#share-whom").tryQuery().isPresent());
        javafx.scene.control.ComboBox<ShareModel.Whom> whom =
                robot.lookup("#share-whom").queryComboBox();
        await().until(() -> fx(() -> whom.getItems().size()) == 2);
        WaitForAsyncUtils.asyncFx(() -> whom.setValue(new ShareModel.Whom("lighting", true)))
                .get();
        robot.clickOn("#share-send");
        await().until(() -> server.shares.size() == 1);
        await().until(() -> robot.lookup("lighting").tryQuery().isPresent());
        robot.push(javafx.scene.input.KeyCode.ESCAPE);
        await().until(() -> !fx(() -> studio.shell().overlay().isOpen()));
        assertThat(server.shares.getFirst().group()).isEqualTo("lighting");
    }

    @Test
    void whoeverIsSignedOutIsAskedAndGoesOn(FxRobot robot) throws Exception {
        await().until(() -> server.streams() == 1);
        server.wanted = "another session";
        server.cut();
        await().until(() -> robot.lookup("Sign in").tryQuery().isPresent());
        Node password = robot.lookup(".password-field").query();
        robot.clickOn(password).write("wrong horse").push(javafx.scene.input.KeyCode.ENTER);
        await().until(() -> robot.lookup(".bad")
                .match(node -> node instanceof javafx.scene.control.Label label
                        && label.getText().contains("password is wrong"))
                .tryQuery()
                .isPresent());
        robot.clickOn(password).write("correct horse").push(javafx.scene.input.KeyCode.ENTER);
        await().until(() -> server.streams() == 1);
        await().until(() -> !fx(() -> studio.shell().overlay().isOpen()));
        assertThat(address.get().token()).isEqualTo("another session");
    }
}

package studio.kiln.desktop.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.stage.Stage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

@Tag("ui")
@ExtendWith(ApplicationExtension.class)
class OverlayUiTest {
    private TextField field;
    private Overlay overlay;

    @Start
    void start(Stage stage) {
        field = new TextField();
        overlay = new Overlay();
        Button open = new Button("Open");
        open.setOnAction(event -> overlay.show(new VBox(field), field, () -> {}));
        stage.setScene(new Scene(new StackPane(open, overlay), 400, 300));
        stage.show();
    }

    @Test
    void escapeClosesADialogThatWasOpenedByAClickAndNotTouched(FxRobot robot) throws Exception {
        robot.clickOn("Open");
        await().until(() -> WaitForAsyncUtils.asyncFx(field::isFocused).get());
        robot.type(KeyCode.ESCAPE);
        await().until(() -> !WaitForAsyncUtils.asyncFx(overlay::isOpen).get());
    }

    @Test
    void escapeClosesADialogWhoseFirstFieldIsSwitchedOff(FxRobot robot) throws Exception {
        WaitForAsyncUtils.asyncFx(() -> field.setDisable(true)).get();
        robot.clickOn("Open");
        await().until(() -> WaitForAsyncUtils.asyncFx(overlay::isFocused).get());
        assertThat(WaitForAsyncUtils.asyncFx(overlay::isOpen).get()).isTrue();
        robot.type(KeyCode.ESCAPE);
        await().until(() -> !WaitForAsyncUtils.asyncFx(overlay::isOpen).get());
    }
}

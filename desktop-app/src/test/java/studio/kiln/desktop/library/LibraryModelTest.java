package studio.kiln.desktop.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import studio.kiln.desktop.Quiet;
import studio.kiln.desktop.SampleServer;
import studio.kiln.desktop.Samples;

class LibraryModelTest {
    private SampleServer server;
    private Quiet quiet;
    private Uploads uploads;
    private LibraryModel library;

    @BeforeEach
    void open() throws IOException {
        server = SampleServer.filled();
        quiet = new Quiet(server);
        uploads = quiet.on(() -> new Uploads(quiet.link, quiet.background));
        library = quiet.on(() -> new LibraryModel(quiet.link, quiet.background, uploads));
        quiet.link.start();
        await().until(() -> quiet.on(() -> library.items().size() == 11) && server.streams() == 1);
    }

    @AfterEach
    void close() {
        quiet.close();
        server.close();
    }

    @Test
    void searchAndFilterNarrowTheCards() {
        quiet.run(() -> library.searchProperty().set("STONE"));
        assertThat(names()).containsExactly("Stoneware set");

        quiet.run(() -> {
            library.searchProperty().set("");
            library.filterProperty().set(LibraryModel.MISSING);
        });
        assertThat(names()).containsExactly("Kettle");

        quiet.run(() -> library.filterProperty().set("fbx"));
        assertThat(names()).containsExactly("Decanter");
    }

    @Test
    void cardsStandInTheChosenOrder() {
        quiet.run(() -> library.orderProperty().set(LibraryModel.Order.NAME));
        assertThat(names()).isSorted();

        quiet.run(() -> library.orderProperty().set(LibraryModel.Order.NEWEST));
        assertThat(names().getFirst()).isEqualTo("Stoneware set");
    }

    @Test
    void aChangedModelKeepsTheSelection() {
        quiet.run(() -> library.select("m3"));

        server.tell("model", "m3", Samples.model(3, "Walnut bowl, carved", "blend", false, 0));

        await().until(() -> names().contains("Walnut bowl, carved"));
        LibraryItem selected = quiet.on(() -> library.selectedProperty().get());
        assertThat(((LibraryItem.OfModel) selected).model().name()).isEqualTo("Walnut bowl, carved");
    }

    @Test
    void theInspectorsVersionIsReadWhenACardIsSelected() {
        quiet.run(() -> library.select("m3"));

        await().until(() -> quiet.on(() -> library.versionProperty().get() != null));
        assertThat(quiet.on(() -> library.versionProperty().get().id())).isEqualTo("mv3");
    }

    @Test
    void aFileThatIsNoModelFailsOnItsCardWithASentence() {
        Upload upload = quiet.on(() -> uploads.add(Path.of("nowhere", "a.blend")));

        await().until(() -> quiet.on(() -> upload.stageProperty().get() == Upload.Stage.FAILED));
        assertThat(quiet.on(() -> upload.problemProperty().get().what())).contains("There is no file or folder");
        assertThat(quiet.on(() -> library.items().getFirst())).isEqualTo(new LibraryItem.OfUpload(upload));

        quiet.run(() -> uploads.dismiss(upload));
        assertThat(quiet.on(() -> library.items().size())).isEqualTo(11);
    }

    private List<String> names() {
        return quiet.on(() -> library.items().stream()
                .map(item -> ((LibraryItem.OfModel) item).model().name())
                .toList());
    }
}

package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;
import tools.jackson.databind.JsonNode;

@Tag("blender")
class ProcessBackendTest extends ProcessBackendContract {
    @Override
    Path program() {
        try {
            return BlenderModels.program();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    SessionScripts scripts() throws IOException {
        return SessionScripts.load();
    }

    @Override
    String put(Model model, Path in) throws IOException {
        return BlenderModels.put(model, in);
    }

    @Test
    void itProvesWhatItCanDo() throws Exception {
        BlenderSession session = start(0);
        SessionEvent.Final end =
                session.call(new SessionRequest.SelfTest("self", List.of("cycles", "workbench")), event -> {});
        assertThat(end).isInstanceOfSatisfying(SessionEvent.Done.class, done -> {
            assertThat(done.result().at("/engines/cycles/ok").asBoolean()).isTrue();
            assertThat(done.result().at("/importers/blend").asBoolean()).isTrue();
            assertThat(done.result().at("/write_probe").asBoolean()).isTrue();
        });
    }

    @Test
    void aHostileFileIsShutIn() throws Exception {
        BlenderSession session = start(0);
        JsonNode could = Intruder.whatItCould(session, folder(session));
        assertThat(could.get("write its input").asBoolean()).isFalse();
        assertThat(could.get("write the system").asBoolean()).isFalse();
        assertThat(could.get("read shadow").asBoolean()).isFalse();
        assertThat(could.get("uid").asInt()).isNotZero();
        assertThat(backend().containment()).startsWith("bubblewrap");
        assertThat(could.get("read a secret").asBoolean()).isFalse();
        assertThat(could.get("reach the network").asBoolean()).isFalse();
        assertThat(could.get("environment").toString()).doesNotContain("AWS");
    }

    @Test
    void memoryIsLimited() throws Exception {
        BlenderSession session = start(1L << 30);
        String root = BlenderModels.put("hog", folder(session).resolve("in"));
        try {
            session.call(new SessionRequest.Open("hog", root, "blend", true, null, true, null), event -> {});
            org.awaitility.Awaitility.await().until(() -> session.lastLines().contains("MemoryError"));
        } catch (SessionDied e) {
            assertThat(e.exitCode()).isNotZero();
        }
    }

    @Test
    void aCrashLeavesItsLog() throws Exception {
        BlenderSession session = start(0);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> open(session, Model.CRASH))
                .isInstanceOf(SessionDied.class);
        assertThat(session.crashLogs())
                .hasSize(1)
                .allSatisfy(log -> assertThat(Files.readString(log)).contains("backtrace"));
    }
}

package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import studio.kiln.core.blender.SessionEvent;

/** What a backend of processes promises, with whatever Blender. */
abstract class ProcessBackendContract extends BackendContract {
    private @Nullable ProcessBackend backend;

    abstract Path program();

    abstract SessionScripts scripts() throws IOException;

    private ProcessBackend make() throws IOException {
        return new ProcessBackend(
                home,
                scripts(),
                Map.of(
                        "KILN_BLENDER", program().toString(),
                        "PATH", "",
                        "OCIO", "/nowhere.ocio",
                        "PYTHONPATH", "/nowhere",
                        "AWS_SECRET_ACCESS_KEY", "not for Blender"));
    }

    @Override
    Backend backend() throws IOException {
        if (backend == null) {
            backend = make();
        }
        return backend;
    }

    @Override
    Backend restarted() throws IOException {
        return make();
    }

    @Override
    EngineBuild engine() throws IOException {
        return backend().examine(program().toString());
    }

    @Override
    boolean running(String session) {
        return !ProcessTree.marked(mark -> mark.endsWith("/" + session)).isEmpty();
    }

    @Override
    List<String> environment(BlenderSession session) throws IOException {
        ProcessHandle blender = ProcessTree.marked(mark -> mark.endsWith("/" + session.id())).stream()
                .filter(process -> process.children().findAny().isEmpty())
                .findFirst()
                .orElseThrow();
        String text = Files.readString(Path.of("/proc/" + blender.pid() + "/environ"), StandardCharsets.ISO_8859_1);
        List<String> variables = Arrays.asList(text.split("\0"));
        assertThat(variables).isNotEmpty();
        return variables;
    }

    @Test
    void theNamedBlenderIsFoundFirst() throws Exception {
        List<EngineBuild> found = backend().discover();
        assertThat(found).first().satisfies(build -> {
            assertThat(build.source()).isEqualTo("environment");
            assertThat(build.place()).isEqualTo(program().toString());
            assertThat(build.buildHash()).isNotBlank();
        });
    }

    @Test
    void aFolderIsTakenForTheBlenderInIt() throws Exception {
        assertThat(backend().examine(program().getParent().toString()).place())
                .isEqualTo(program().toString());
    }

    @Test
    void whatIsNoBlenderIsRefusedInOneSentence() throws Exception {
        Backend backend = backend();
        assertThatThrownBy(() -> backend.examine("/bin/sh"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/bin/sh");
        assertThatThrownBy(() -> backend.examine(home.resolve("nothing").toString()))
                .hasMessageContaining("There is no file or folder");
        assertThatThrownBy(() -> backend.examine(home.toString())).hasMessageContaining("no program named blender");
    }

    @Test
    void cpuTimeGrowsOnlyWhileBlenderWorks() throws Exception {
        BlenderSession session = start(0);
        open(session, Model.PLAIN);
        assertThat(session.call(render(1), event -> {})).isInstanceOf(SessionEvent.Done.class);
        assertThat(session.cpuTime())
                .hasValueSatisfying(time -> assertThat(time).isPositive());
    }

    @Test
    void everyWayToIsolateThatWorksHereRenders() throws Exception {
        Set<Sandbox.Kind> kinds = Sandbox.isRoot()
                ? Set.of(Sandbox.Kind.BUBBLEWRAP_AS_ROOT, Sandbox.Kind.UNPRIVILEGED, Sandbox.Kind.NONE)
                : Set.of(Sandbox.Kind.NONE);
        openTheWay();
        for (Sandbox.Kind kind : kinds) {
            try (ProcessBackend one = new ProcessBackend(home, scripts(), Map.of(), Sandbox.of(kind))) {
                String id = "kind" + kind.ordinal();
                Path folder = home.resolve("run").resolve(id);
                BlenderSession session =
                        one.start(engine(), new Backend.SessionSpec(id, folder, 1, 0, Backend.Priority.INTERACTIVE));
                try {
                    session.awaitReady(LONG);
                    String root = put(Model.PLAIN, folder.resolve("in"));
                    session.call(
                            new studio.kiln.core.blender.SessionRequest.Open(
                                    "o", root, "blend", false, null, true, null),
                            event -> {});
                    assertThat(session.call(render(1), event -> {}))
                            .as("%s", kind)
                            .isInstanceOf(SessionEvent.Done.class);
                } finally {
                    session.kill();
                }
                Folders.delete(folder);
            }
        }
    }

    // JUnit makes its folders for the owner alone, and an unprivileged user without bubblewrap must reach them.
    private void openTheWay() throws IOException {
        if (Files.getFileStore(home).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(home, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}

package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;

/** What every backend promises. Subclasses say which backend, which Blender, and give models that behave as asked. */
abstract class BackendContract {
    static final Duration LONG = Duration.ofSeconds(90);
    static final RenderSettings SMALL = new RenderSettings(
            null,
            null,
            null,
            32,
            24,
            null,
            studio.kiln.core.blender.ImageFormat.PNG,
            null,
            null,
            null,
            null,
            null,
            null);

    /** How a model behaves. */
    enum Model {
        PLAIN,
        /** A frame takes many seconds and can be cancelled. */
        SLOW,
        /** Prints thousands of lines before the first picture is there. */
        FLOOD,
        /** Ends Blender by a segmentation fault, at the first frame or before. */
        CRASH
    }

    @TempDir
    Path home;

    private final List<BlenderSession> sessions = new ArrayList<>();
    private int numbers;

    abstract Backend backend() throws IOException;

    /** Another backend over the same data folder, as after a restart. */
    abstract Backend restarted() throws IOException;

    abstract EngineBuild engine() throws IOException;

    /** Puts the model into the folder and returns its name. */
    abstract String put(Model model, Path in) throws IOException;

    /** Whether anything of that session still runs. */
    abstract boolean running(String session) throws IOException;

    // In this order: a backend that is closed cannot end sessions any more.
    @AfterEach
    void endSessions() throws IOException {
        sessions.forEach(BlenderSession::kill);
        backend().close();
    }

    BlenderSession start(long memoryBytes) throws IOException, InterruptedException {
        String id = "s" + ProcessHandle.current().pid() + "x" + sessions.size();
        BlenderSession session = backend()
                .start(
                        engine(),
                        new Backend.SessionSpec(
                                id, home.resolve("run").resolve(id), 1, memoryBytes, Backend.Priority.RENDER));
        sessions.add(session);
        session.awaitReady(LONG);
        return session;
    }

    Path folder(BlenderSession session) {
        return home.resolve("run").resolve(session.id());
    }

    SessionEvent.Final open(BlenderSession session, Model model) throws IOException, InterruptedException {
        String root = put(model, folder(session).resolve("in"));
        return session.call(
                new SessionRequest.Open("open" + ++numbers, root, "blend", true, null, true, null), event -> {});
    }

    SessionRequest.Render render(int... frames) {
        List<SessionRequest.Output> outputs = new ArrayList<>();
        for (int frame : frames) {
            outputs.add(new SessionRequest.Output("v0/f" + frame + "/l/w/p", frame, "", "", frame + ".png"));
        }
        return new SessionRequest.Render("render" + ++numbers, SMALL, outputs, "attempt" + numbers, null, true);
    }

    @Test
    void aSessionTellsWhichBlenderItIs() throws Exception {
        BlenderSession session = start(0);
        SessionEvent.Ready ready = session.awaitReady(LONG);
        assertThat(ready.protocol()).isEqualTo(1);
        assertThat(studio.kiln.core.blender.BlenderVersion.parse(ready.version()))
                .isEqualTo(engine().version());
        assertThat(session.isAlive()).isTrue();
    }

    @Test
    void aPictureIsCompleteWhenItsEventComes() throws Exception {
        BlenderSession session = start(0);
        assertThat(open(session, Model.PLAIN)).isInstanceOf(SessionEvent.Done.class);
        List<SessionEvent> events = new CopyOnWriteArrayList<>();
        SessionEvent.Final end = session.call(render(1, 2), events::add);
        assertThat(end).isInstanceOf(SessionEvent.Done.class);
        List<SessionEvent.Output> outputs = events.stream()
                .filter(SessionEvent.Output.class::isInstance)
                .map(SessionEvent.Output.class::cast)
                .toList();
        assertThat(outputs).extracting(SessionEvent.Output::frame).containsExactly(1, 2);
        for (SessionEvent.Output output : outputs) {
            Path file = folder(session).resolve("out").resolve(output.path());
            assertThat(Sha256.of(file)).isEqualTo(output.sha256());
            assertThat(output.width()).isEqualTo(32);
            Files.delete(file);
        }
    }

    @Test
    void aPingIsAnsweredDuringARender() throws Exception {
        BlenderSession session = start(0);
        open(session, Model.SLOW);
        CompletableFuture<SessionEvent> first = new CompletableFuture<>();
        SessionRequest.Render request = render(1);
        CompletableFuture<SessionEvent.Final> render = inBackground(session, request, first::complete);
        first.get();
        SessionEvent.Final pong = session.call(new SessionRequest.Ping("ping"), event -> {});
        assertThat(pong)
                .isInstanceOfSatisfying(
                        SessionEvent.Done.class,
                        done -> assertThat(done.result().get("busy").asString()).isEqualTo(request.id()));
        assertThat(render).isNotDone();
    }

    @Test
    void aCancelledRenderEndsAndTheSessionServesOn() throws Exception {
        BlenderSession session = start(0);
        open(session, Model.SLOW);
        SessionRequest.Render request = render(1);
        CompletableFuture<SessionEvent> first = new CompletableFuture<>();
        CompletableFuture<SessionEvent.Final> render = inBackground(session, request, first::complete);
        first.get();
        session.cancel(request.id());
        assertThat(render.get()).isInstanceOf(SessionEvent.Cancelled.class);
        open(session, Model.PLAIN);
        assertThat(session.call(render(1), event -> {})).isInstanceOf(SessionEvent.Done.class);
    }

    @Test
    void killLeavesNothingRunning() throws Exception {
        BlenderSession session = start(0);
        open(session, Model.SLOW);
        CompletableFuture<SessionEvent> first = new CompletableFuture<>();
        CompletableFuture<SessionEvent.Final> render = inBackground(session, render(1), first::complete);
        first.get();
        assertThat(running(session.id())).isTrue();
        session.kill();
        assertThat(running(session.id())).isFalse();
        assertThat(session.isAlive()).isFalse();
        assertThat(render).failsWithin(Duration.ofSeconds(30));
        assertThat(render.exceptionNow()).isInstanceOf(SessionDied.class);
    }

    @Test
    void aSessionThatIsClosedIsGone() throws Exception {
        BlenderSession session = start(0);
        session.close();
        assertThat(session.isAlive()).isFalse();
        assertThat(running(session.id())).isFalse();
        assertThatThrownBy(() -> session.call(new SessionRequest.Ping("late"), event -> {}))
                .isInstanceOf(SessionDied.class);
    }

    @Test
    void aFloodOfOutputStopsNothing() throws Exception {
        BlenderSession session = start(0);
        assertThat(open(session, Model.FLOOD)).isInstanceOf(SessionEvent.Done.class);
        assertThat(session.call(render(1, 2, 3), event -> {})).isInstanceOf(SessionEvent.Done.class);
        await().until(() -> Files.size(session.log()) > 50_000);
        assertThat(Files.size(session.log())).isLessThan(5_000_000);
        assertThat(session.lastLines()).isNotBlank();
    }

    @Test
    void aCrashIsToldWithItsSignal() throws Exception {
        BlenderSession session = start(0);
        assertThatThrownBy(() -> {
                    open(session, Model.CRASH);
                    session.call(render(1), event -> {});
                })
                .isInstanceOfSatisfying(SessionDied.class, died -> {
                    assertThat(died.exitCode()).isEqualTo(139);
                    assertThat(died.crashed()).isTrue();
                    assertThat(died.outOfMemory()).isFalse();
                    assertThat(died.lastLines()).isNotBlank();
                });
        await().until(() -> !session.isAlive());
    }

    @Test
    void theNextRunEndsWhatAnEarlierOneLeft() throws Exception {
        BlenderSession session = start(0);
        assertThat(backend().sweepOrphans())
                .as("sessions of this run are no orphans")
                .isZero();
        try (Backend next = restarted()) {
            assertThat(next.sweepOrphans()).isPositive();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> !session.isAlive());
        assertThat(running(session.id())).isFalse();
    }

    @Test
    void blenderSeesNothingOfKilnsEnvironment() throws Exception {
        BlenderSession session = start(0);
        assertThat(environment(session))
                .noneMatch(variable -> variable.startsWith("OCIO=") && !variable.equals("OCIO="))
                .noneMatch(variable -> variable.startsWith("PYTHON"));
    }

    /** The environment of the running Blender, as {@code NAME=value}. */
    abstract List<String> environment(BlenderSession session) throws IOException;

    CompletableFuture<SessionEvent.Final> inBackground(
            BlenderSession session, SessionRequest request, java.util.function.Consumer<SessionEvent> events) {
        CompletableFuture<SessionEvent.Final> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(session.call(request, events));
            } catch (IOException | InterruptedException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }
}

package studio.kiln.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.ProcessBackend;
import studio.kiln.server.backend.StandIn;

/** A node over real processes of the stand-in Blender, against a server in memory. */
@Tag("contract")
class NodeTest {
    private static final RenderSettings PLAIN = RenderSettings.AS_IN_FILE;

    /** What the stand-in proved once, for every test but the one about that. */
    @TempDir
    static Path proofs;

    @TempDir
    Path home;

    private FakeServer server;
    private @Nullable ProcessBackend backend;
    private @Nullable Node node;

    @BeforeEach
    void makeServer() throws IOException {
        server = new FakeServer(home.resolve("store"));
    }

    @AfterEach
    void endNode() {
        if (node != null) {
            node.close();
        }
        if (backend != null) {
            backend.close();
        }
    }

    private NodeSettings settings() {
        return settings(proofs);
    }

    private NodeSettings settings(Path where) {
        return new NodeSettings(
                home,
                where,
                "test node",
                1,
                1,
                0,
                Duration.ofMinutes(5),
                Duration.ofSeconds(20),
                Duration.ofSeconds(3),
                Duration.ofSeconds(2),
                Duration.ofMinutes(2),
                Duration.ofSeconds(5),
                1 << 20,
                List.of());
    }

    private void start() throws IOException {
        start(settings(), Map.of());
    }

    private void start(NodeSettings settings, Map<String, String> environment) throws IOException {
        Map<String, String> all = new java.util.HashMap<>(environment);
        all.put("KILN_BLENDER", StandIn.program().toString());
        backend = new ProcessBackend(home, StandIn.scripts(), all);
        node = new Node(settings, "1", server, List.of(new OnlyNamed(backend)));
        node.start();
    }

    private static byte[] model(String modes) {
        return StandIn.model("\"modes\": \"" + modes + "\"");
    }

    private String render(String modes, int from, int to) throws IOException {
        Assignment.Render task = server.task("anna", model(modes), PLAIN, from, to);
        server.slots.add(task);
        return task.attempt();
    }

    private String awaitEnd(String attempt) {
        return await().atMost(Duration.ofSeconds(40)).until(() -> server.ends.get(attempt), end -> end != null);
    }

    private FakeServer.Fault awaitFault(String attempt) {
        assertThat(awaitEnd(attempt)).isEqualTo("failed");
        return server.faults.get(attempt);
    }

    // -- work ------------------------------------------------------------------------------------------------------

    @Test
    void everyPictureOfAChunkIsPublishedInOrderAndThenTheChunkIsFinished() throws Exception {
        start();
        String attempt = render("ok", 1, 12);
        assertThat(awaitEnd(attempt)).isEqualTo("finished");
        assertThat(server.frames(attempt)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(server.published.get(attempt)).allSatisfy(picture -> {
            assertThat(picture.extension()).isEqualTo("png");
            assertThat(picture.width()).isEqualTo(64);
            assertThat(Sha256.of(server.store.resolve(picture.sha256().hex()))).isEqualTo(picture.sha256());
        });
        await().until(() -> files(home.resolve("node/outbox")) == 0);
    }

    @Test
    void aPictureIsPublishedWhileTheNextOneRenders() throws Exception {
        start();
        String attempt = render("slow=1", 1, 3);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.frames(attempt).size() == 1);
        assertThat(server.ends).doesNotContainKey(attempt);
        assertThat(awaitEnd(attempt)).isEqualTo("finished");
        assertThat(server.progress)
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step.node()).isEqualTo("test node"));
    }

    @Test
    void aFrameThatTakesLongIsShownAsADraftBeforeItIsThere() throws Exception {
        start();
        Assignment.Render slow =
                server.task("anna", java.util.Map.of("shot.blend", model("slow=1.5")), PLAIN, 1, 1, 31);
        server.slots.add(slow);
        FrameProgress shown = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> server.progress.stream()
                                .filter(step -> step.draft() != null)
                                .findFirst()
                                .orElse(null),
                        step -> step != null);
        assertThat(server.ends).doesNotContainKey(slow.attempt());
        Sha256 draft = Objects.requireNonNull(shown.draft());
        assertThat(PictureCheck.read(server.store.resolve(draft.hex())).width()).isEqualTo(16);
        assertThat(awaitEnd(slow.attempt())).isEqualTo("finished");
        assertThat(server.published.get(slow.attempt()))
                .singleElement()
                .satisfies(picture -> assertThat(picture.sha256()).isNotEqualTo(draft));

        Assignment.Render quick = server.task("anna", java.util.Map.of("shot.blend", model("ok")), PLAIN, 1, 1, 29);
        server.slots.add(quick);
        assertThat(awaitEnd(quick.attempt())).isEqualTo("finished");
        assertThat(server.progress)
                .filteredOn(step -> step.taskId().equals(quick.task()))
                .allSatisfy(step -> assertThat(step.draft()).isNull());
    }

    @Test
    void oneBlenderServesTheChunksAndTasksOfOneOwner() throws Exception {
        start();
        String first = render("ok", 1, 2);
        String second = render("slow=0.1", 3, 4);
        assertThat(awaitEnd(first)).isEqualTo("finished");
        assertThat(awaitEnd(second)).isEqualTo("finished");
        assertThat(sessions()).as("one for the slot, one for people who wait").hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aBlenderThatOpenedSomebodysFileNeverServesAnother() throws Exception {
        start();
        String first = render("ok", 1, 1);
        awaitEnd(first);
        List<Path> before = sessions();
        Assignment.Render task = server.task("boris", model("slow=2"), PLAIN, 1, 1);
        server.slots.add(task);
        await().atMost(Duration.ofSeconds(20)).until(() -> server.startedAt.containsKey(task.attempt()));
        await().atMost(Duration.ofSeconds(20)).until(() -> sessions().stream().anyMatch(one -> !before.contains(one)));
        assertThat(awaitEnd(task.attempt())).isEqualTo("finished");
    }

    @Test
    void anInspectionAndAThumbnailAreMadeWhileTheSlotRenders() throws Exception {
        start();
        String busy = render("slow=20", 1, 1);
        await().atMost(Duration.ofSeconds(20)).until(() -> server.startedAt.containsKey(busy));
        var manifest = server.manifest(Map.of("pot.blend", model("ok")));
        server.interactive.add(
                new Assignment.Inspect("look", "engine0", Duration.ofSeconds(30), manifest, "anna", "version1"));
        server.interactive.add(new Assignment.Thumbnail(
                "thumb", "engine0", Duration.ofSeconds(30), manifest, "anna", "version1", 40, 30));
        assertThat(awaitEnd("look")).isEqualTo("inspected");
        assertThat(server.inspections.get("look").scene(null)).isPresent();
        assertThat(awaitEnd("thumb")).isEqualTo("thumbnail");
        assertThat(server.has(server.thumbnails.get("thumb"))).isTrue();
        assertThat(server.ends).doesNotContainKey(busy);
    }

    @Test
    void filesBesideTheModelLieWhereItExpectsThem() throws Exception {
        start();
        Assignment.Render task = server.task(
                "anna",
                Map.of(
                        "scenes/shot é 日本.blend", model("slow=5"),
                        "textures/a b.png", "wood".getBytes(StandardCharsets.UTF_8)),
                PLAIN,
                1,
                1,
                0);
        server.slots.add(task);
        await().atMost(Duration.ofSeconds(20)).until(() -> server.startedAt.containsKey(task.attempt()));
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            try (Stream<Path> all = Files.walk(home.resolve("run/sessions"))) {
                assertThat(all.filter(file -> file.endsWith("textures/a b.png")))
                        .hasSize(1);
            }
        });
        assertThat(awaitEnd(task.attempt())).isEqualTo("finished");
    }

    // -- what goes wrong in Blender --------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "wrong-count, TRANSIENT, OUTPUT_MISSING, 'missing frames: 2, 3'",
        "surplus, TRANSIENT, OUTPUT_MISSING, not asked for",
        "zero-byte, TRANSIENT, OUTPUT_MISSING, empty",
        "wrong-size, TRANSIENT, OUTPUT_MISSING, pixels",
        "bad-digest, TRANSIENT, OUTPUT_MISSING, digest",
        "black, RESOURCE, OUT_OF_MEMORY, GPU",
        "exit-0-no-file=2, TRANSIENT, BLENDER_ENDED, frame 2",
        "segfault=2, TRANSIENT, BLENDER_CRASHED, frame 2",
        "oom-kill=2, TRANSIENT, BLENDER_ENDED, exit code 137",
        "out-of-memory, RESOURCE, OUT_OF_MEMORY, memory",
        "disk-full, RESOURCE, DISK_FULL, space",
        "python-error, PERMANENT, SCRIPT_ERROR, ZeroDivisionError",
        "transient, TRANSIENT, SCRIPT_ERROR, passing",
        "wrong-file, PERMANENT, WRONG_FILE_LOADED, something else",
        "silent, TRANSIENT, BLENDER_HUNG, no work",
        "hang-on-open, TRANSIENT, BLENDER_HUNG, opened the file",
    })
    void aFailureIsToldByItsKind(String mode, FailureKind kind, String code, String words) throws Exception {
        start();
        String attempt = render(mode, 1, 3);
        FakeServer.Fault fault = awaitFault(attempt);
        assertThat(fault.kind()).isEqualTo(kind);
        assertThat(fault.code()).isEqualTo(code);
        assertThat(fault.message()).contains(words);
        String next = render("ok", 1, 1);
        assertThat(awaitEnd(next)).as("the node works on").isEqualTo("finished");
    }

    @Test
    void picturesPublishedBeforeAFailureStay() throws Exception {
        start();
        String attempt = render("segfault=3", 1, 5);
        awaitFault(attempt);
        assertThat(server.frames(attempt)).containsExactly(1, 2);
    }

    @Test
    void aBlenderThatHangsAfterTheLastPictureHasDoneItsWork() throws Exception {
        start();
        String attempt = render("hang-after-save", 1, 3);
        assertThat(awaitEnd(attempt)).isEqualTo("finished");
        assertThat(server.frames(attempt)).containsExactly(1, 2, 3);
        assertThat(server.logs).anyMatch(line -> line.contains("by force"));
    }

    @Test
    void noiseOnTheEventStreamAndAFloodStopNothing() throws Exception {
        start();
        String noisy = render("garbage", 1, 3);
        String flooding = render("flood", 1, 3);
        assertThat(awaitEnd(noisy)).isEqualTo("finished");
        assertThat(awaitEnd(flooding)).isEqualTo("finished");
        assertThat(server.progress).as("a few a second, not thousands").hasSizeLessThan(60);
    }

    @Test
    void aSlowFrameThatSaysNothingButWorksIsLeftAlone() throws Exception {
        start();
        String attempt = render("slow=6", 1, 1);
        assertThat(awaitEnd(attempt)).isEqualTo("finished");
    }

    @Test
    void aBlenderThatNeverBecomesReadyIsToldAndEnded() throws Exception {
        NodeSettings usual = settings(home.resolve("proofs"));
        NodeSettings impatient = new NodeSettings(
                home,
                usual.proofs(),
                usual.name(),
                1,
                1,
                0,
                usual.idle(),
                Duration.ofSeconds(1),
                usual.hang(),
                usual.hangAfterSave(),
                usual.outage(),
                usual.drain(),
                usual.inputBytes(),
                List.of());
        start(impatient, Map.of("KILN_STANDIN", "never-ready"));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(server.engines)
                        .first()
                        .satisfies(engine -> assertThat(engine.problem()).contains("did not become ready")));
    }

    // -- cancel ----------------------------------------------------------------------------------------------------

    @Test
    void anAttemptThatIsTakenBackStopsAndTheSessionServesOn() throws Exception {
        start();
        String attempt = render("slow=30", 1, 1);
        await().atMost(Duration.ofSeconds(20)).until(() -> !server.progress.isEmpty());
        List<Path> before = sessions();
        server.revoke(attempt);
        String next = render("ok", 1, 1);
        assertThat(awaitEnd(next)).isEqualTo("finished");
        assertThat(sessions()).isEqualTo(before);
        assertThat(server.ends).doesNotContainKey(attempt);
    }

    @Test
    void aBlenderThatDoesNotHeedTheCancelIsKilled() throws Exception {
        start();
        String attempt = render("hang-on-open", 1, 1);
        await().atMost(Duration.ofSeconds(20)).until(() -> server.startedAt.containsKey(attempt));
        server.revoked.add(attempt);
        String next = render("ok", 1, 1);
        assertThat(awaitEnd(next)).isEqualTo("finished");
    }

    // -- outages ---------------------------------------------------------------------------------------------------

    @Test
    void whileTheServerIsAwayTheNodeRendersOnAndDeliversLater() throws Exception {
        start();
        String attempt = render("slow=0.3", 1, 6);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !server.frames(attempt).isEmpty());
        server.down = true;
        await().atMost(Duration.ofSeconds(20)).until(() -> files(home.resolve("node/outbox/" + attempt)) >= 4);
        server.down = false;
        assertThat(awaitEnd(attempt)).isEqualTo("finished");
        assertThat(server.frames(attempt)).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void whatTheServerHasNotTakenOutlivesTheNode() throws Exception {
        start();
        String attempt = render("slow=0.5", 1, 3);
        await().atMost(Duration.ofSeconds(20)).until(() -> !server.progress.isEmpty());
        server.down = true;
        await().atMost(Duration.ofSeconds(20)).until(() -> held(attempt).contains("finished"));
        endNode();
        server.down = false;
        start();
        assertThat(awaitEnd(attempt)).isEqualTo("finished");
        assertThat(server.frames(attempt)).containsExactly(1, 2, 3);
    }

    private String held(String attempt) throws IOException {
        Path messages = home.resolve("node/outbox/" + attempt + "/messages.json");
        return Files.exists(messages) ? Files.readString(messages) : "";
    }

    // -- start and end ---------------------------------------------------------------------------------------------

    @Test
    void closingGivesBackWhatRunsWithinSecondsAndLeavesNoBlender() throws Exception {
        start();
        String attempt = render("slow=60", 1, 1);
        await().atMost(Duration.ofSeconds(20)).until(() -> !server.progress.isEmpty());
        long began = System.nanoTime();
        endNode();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(6));
        assertThat(server.ends).containsEntry(attempt, "released");
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(home.resolve("run/sessions")).doesNotExist();
    }

    @Test
    void onlyTheFirstStartTestsAnEngine() throws Exception {
        Path own = home.resolve("proofs");
        start(settings(own), Map.of());
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(server.engines)
                        .first()
                        .extracting(engine -> engine.capabilities() == null
                                ? Map.of()
                                : engine.capabilities().engines())
                        .isEqualTo(Map.of("cycles", true, "workbench", true, "eevee", true)));
        endNode();
        server.engines = List.of();
        start(settings(own), Map.of("KILN_STANDIN", "no-eevee"));
        await().atMost(Duration.ofSeconds(20)).until(() -> !server.engines.isEmpty());
        assertThat(server.engines.getFirst().capabilities().engines()).containsEntry("eevee", true);
    }

    @Test
    void anEngineIsAddedByItsFolderAndForgottenAgain() throws Exception {
        Path own = Files.createDirectories(home.resolve("own blender"));
        Files.copy(StandIn.program(), own.resolve("blender"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        start();
        await().atMost(Duration.ofSeconds(20)).until(() -> server.engines.size() == 1);
        String id = node.addEngine(own.toString());
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(server.engines)
                        .hasSize(2)
                        .allSatisfy(engine -> assertThat(engine.problem()).isNull()));
        node.removeEngine(id);
        assertThat(server.engines).hasSize(1);
    }

    private List<Path> sessions() throws IOException {
        try (Stream<Path> all = Files.list(home.resolve("run/sessions"))) {
            return all.filter(one -> !one.getFileName().toString().startsWith("test-"))
                    .sorted()
                    .toList();
        }
    }

    private static long files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).count();
        }
    }
}

package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.ServerLocator;
import tools.jackson.databind.JsonNode;

/** kill -9 of the server and of Blender at random moments of a task of 20 frames, ten times. */
@Tag("fault")
class KillFaultTest {
    private static final int FRAMES = 20;
    private static final int MOMENTS = 10;
    private static final Pattern FRAME_DONE = Pattern.compile("^Frame (\\d+) done in ");

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 18, unit = TimeUnit.MINUTES)
    void aTaskIsFinishedAfterAKillAtAnyMomentAndNothingPublishedIsRenderedTwice() throws IOException {
        long seed = Long.getLong("kiln.test.seed", System.nanoTime());
        System.out.println("Moments from seed " + seed + " (repeat with -Dkiln.test.seed=" + seed + ")");
        Random random = new Random(seed);
        try (Kiln kiln = new Kiln().with("KILN_BACKEND", "process")) {
            long start = System.nanoTime();
            Map<Integer, int[]> reference = reference(kiln);
            Duration whole = Duration.ofNanos(System.nanoTime() - start);
            for (int moment = 0; moment < MOMENTS; moment++) {
                String task = kiln.quick("render", scene(), "--frames", "1-" + FRAMES, "--fresh", "--detach")
                        .out()
                        .strip();
                Duration delay = Duration.ofMillis((long) (random.nextDouble() * whole.toMillis()));
                await().pollDelay(delay).atMost(delay.plusMinutes(1)).until(() -> true);
                Map<Integer, ResultView> told = kill(kiln, task, random.nextBoolean());
                String what = "seed " + seed + ", moment " + moment + " after " + delay.toMillis() + " ms with "
                        + told.size() + " published";
                Set<Integer> rendered = finish(kiln, task, what);
                rendered.retainAll(told.keySet());
                assertThat(rendered)
                        .as("published before and rendered after the kill, " + what)
                        .isEmpty();
                verify(kiln, task, told, reference, what);
            }
        }
    }

    private static String scene() {
        return Assets.path("bench/frames20.blend").toString();
    }

    private Map<Integer, int[]> reference(Kiln kiln) {
        Path out = folder.resolve("reference");
        Kiln.Outcome outcome = kiln.kiln("render", scene(), "--frames", "1-" + FRAMES, "-o", out.toString(), "--json");
        assertThat(outcome.exit()).as(outcome.toString()).isZero();
        Map<Integer, int[]> pixels = new HashMap<>();
        for (JsonNode result : outcome.json().path("results")) {
            pixels.put(
                    result.path("frame").asInt(),
                    Pixels.samples(Path.of(result.path("path").asString())));
        }
        assertThat(pixels).hasSize(FRAMES);
        return pixels;
    }

    private static KilnClient client(Kiln kiln) {
        return new KilnClient(ServerLocator.find(kiln.home()).orElseThrow());
    }

    private static List<ResultView> results(KilnClient client, String task) {
        return all(cursor -> client.results(task, cursor, 100));
    }

    private static <T> List<T> all(Function<@Nullable String, Page<T>> pages) {
        List<T> all = new ArrayList<>();
        String cursor = null;
        do {
            Page<T> page = pages.apply(cursor);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    /** Kills the server and everything below it; gives what a client had been told until then. */
    private static Map<Integer, ResultView> kill(Kiln kiln, String task, boolean blenderFirst) throws IOException {
        Map<Integer, ResultView> told = new HashMap<>();
        long pid = kiln.serverPid();
        ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> below = server.descendants().toList();
        try (KilnClient client = client(kiln)) {
            results(client, task).forEach(result -> told.put(result.frame(), result));
        }
        List<ProcessHandle> order = new ArrayList<>(below);
        order.add(blenderFirst ? order.size() : 0, server);
        order.forEach(ProcessHandle::destroyForcibly);
        await().atMost(Duration.ofSeconds(20)).until(() -> order.stream().noneMatch(ProcessHandle::isAlive));
        return told;
    }

    /** Starts the server again by the next command, waits for the end, and gives the frames that were rendered since. */
    private static Set<Integer> finish(Kiln kiln, String task, String what) {
        Instant killed = Instant.now();
        Kiln.Outcome started = kiln.kiln("tasks", "show", task);
        assertThat(started.exit()).as(what + ": " + started).isZero();
        try (KilnClient client = client(kiln)) {
            await().atMost(Duration.ofMinutes(4))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> client.status(task).state().isEnd());
            assertThat(client.status(task).state()).as(what).isEqualTo(TaskState.SUCCEEDED);
            return renderedSince(killed, client, task);
        }
    }

    /**
     * What the attempts that began after the kill have rendered, by the server's own timeline and log of the task. What an earlier
     * attempt had rendered and its node delivers late is rendered once.
     */
    private static Set<Integer> renderedSince(Instant killed, KilnClient client, String task) {
        List<TimelineEntry> attempts = all(cursor -> client.timeline(task, cursor, 500)).stream()
                .filter(entry -> entry.subject().equals("attempt"))
                .toList();
        Set<String> begun =
                ids(attempts, entry -> entry.from() == null && entry.at().isAfter(killed));
        Set<String> whole = ids(attempts, entry -> entry.to().equals("SUCCEEDED") && begun.contains(entry.subjectId()));
        // Lines are written a moment after what they tell of.
        List<LogLine> log = await().until(
                        () -> log(client, task),
                        lines -> whole.stream()
                                .allMatch(attempt -> lines.stream().anyMatch(line -> isLast(line, attempt))));
        return log.stream()
                .filter(line -> begun.contains(line.attemptId()))
                .map(line -> FRAME_DONE.matcher(line.message()))
                .filter(Matcher::find)
                .map(done -> Integer.valueOf(done.group(1)))
                .collect(Collectors.toSet());
    }

    private static Set<String> ids(List<TimelineEntry> entries, Predicate<TimelineEntry> which) {
        return entries.stream().filter(which).map(TimelineEntry::subjectId).collect(Collectors.toSet());
    }

    private static boolean isLast(LogLine line, String attempt) {
        return attempt.equals(line.attemptId()) && line.message().equals("All pictures of this chunk are there.");
    }

    private static List<LogLine> log(KilnClient client, String task) {
        return all(cursor -> client.logs(task, cursor, 500));
    }

    private void verify(
            Kiln kiln, String task, Map<Integer, ResultView> told, Map<Integer, int[]> reference, String what)
            throws IOException {
        try (KilnClient client = client(kiln)) {
            List<ResultView> results = results(client, task);
            assertThat(results.stream().map(ResultView::frame).collect(Collectors.toList()))
                    .as(what)
                    .hasSize(FRAMES)
                    .doesNotHaveDuplicates();
            for (ResultView result : results) {
                ResultView before = told.get(result.frame());
                if (before != null) {
                    assertThat(result).as(what).isEqualTo(before);
                }
                Path picture =
                        Files.createDirectories(folder.resolve("task-" + task)).resolve(result.frame() + ".png");
                client.download(result, picture);
                assertThat(Pixels.samples(picture))
                        .as("frame " + result.frame() + ", " + what)
                        .isEqualTo(reference.get(result.frame()));
            }
        }
    }
}

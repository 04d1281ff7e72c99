package studio.kiln.server.cli.e2e;

import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import studio.kiln.server.backend.RealBlender;

/** Every fault at random moments of tasks that two nodes render with the real Blender, for a random time. */
@Tag("fault")
@Tag("long")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StudioFaultAtAnyMomentTest {
    private static final int FRAMES = 20;
    private static final int MOMENTS = 3;
    private static final int LEASE = 10;

    @TempDir
    static Path folder;

    private final long seed = Long.getLong("kiln.test.seed", System.nanoTime());
    private StudioFarm farm;
    private Path scene;
    private Path plain;
    private Duration whole;

    @BeforeAll
    void begin() throws Exception {
        System.out.println("Moments from seed " + seed + " (repeat with -Dkiln.test.seed=" + seed + ")");
        scene = Assets.path("bench/frames20.blend");
        plain = Files.createDirectory(folder.resolve("plain"));
        RealBlender.animate(Files.readAllBytes(scene), plain, 1, FRAMES);
        farm = new StudioFarm(folder, Map.of("KILN_LEASE_SECONDS", Integer.toString(LEASE)));
        farm.join("a", Map.of());
        farm.join("b", Map.of());
        farm.serve();
        farm.mend();
        // the first one only warms everything up
        for (int i = 0; i < 2; i++) {
            long start = System.nanoTime();
            farm.verify(farm.submit(scene, "1-" + FRAMES), FRAMES);
            whole = Duration.ofNanos(System.nanoTime() - start);
        }
    }

    @AfterAll
    void end() throws InterruptedException {
        farm.close();
    }

    @AfterEach
    void mend() throws InterruptedException {
        farm.mend();
    }

    @ParameterizedTest
    @EnumSource
    void all_pictures_are_those_of_plain_Blender_whenever_it_happens(StudioFault fault) throws Exception {
        Random random = new Random(seed + fault.ordinal());
        for (int i = 0; i < MOMENTS; i++) {
            Duration before = Duration.ofMillis(random.nextLong(1, whole.toMillis()));
            Duration during = Duration.ofMillis(
                    random.nextLong(1, Duration.ofSeconds(LEASE * 2).toMillis()));
            System.out.println(fault + " after " + before + " for " + during);
            String task = farm.submit(scene, "1-" + FRAMES);
            await().atMost(StudioFarm.SOON).pollDelay(before).until(() -> true);
            fault.strike(farm);
            await().atMost(StudioFarm.SOON).pollDelay(during).until(() -> true);
            farm.mend();
            farm.verify(task, FRAMES);
            farm.verifyPixels(task, plain);
        }
    }
}

package studio.kiln.server.cli.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.node.ServerLink.Claim;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Publication;

/** A node whose pictures need no time. Each of its slots works by itself; it asks again when half of them are free. */
final class BenchNode {
    private final ServerLink link;
    private final String id;
    private final int slots;
    private final BooleanSupplier goesOn;
    private final Runnable done;
    private final Semaphore free;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Queue<Long> claimNanos = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /**
     * @param goesOn whether another chunk is wanted
     * @param done told of every lifecycle that is complete
     */
    BenchNode(ServerLink link, String id, int slots, BooleanSupplier goesOn, Runnable done) {
        this.link = link;
        this.id = id;
        this.slots = slots;
        this.goesOn = goesOn;
        this.done = done;
        this.free = new Semaphore(slots);
    }

    /** Works until nothing more is wanted and what it has is done. */
    void work() {
        try (ExecutorService working = Executors.newVirtualThreadPerTaskExecutor()) {
            while (goesOn.getAsBoolean()) {
                free.acquire((slots + 1) / 2);
                int more = (slots + 1) / 2 + free.drainPermits();
                long began = System.nanoTime();
                List<Assignment> given = link.claim(new Claim(id, more, false), Duration.ofSeconds(2));
                claimNanos.add(System.nanoTime() - began);
                free.release(more - given.size());
                for (Assignment assignment : given) {
                    working.execute(() -> render((Assignment.Render) assignment));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failures.add(e);
        }
    }

    private void render(Assignment.Render chunk) {
        try {
            link.started(chunk.attempt());
            for (OutputKey output : chunk.outputs()) {
                link.publish(chunk.attempt(), List.of(picture(output)));
            }
            link.finished(chunk.attempt());
            done.run();
        } catch (NotCurrent | RuntimeException e) {
            failures.add(e);
        } finally {
            free.release();
        }
    }

    private Publication picture(OutputKey output) {
        byte[] digest = new byte[32];
        random.nextBytes(digest);
        return new Publication(
                output,
                new Sha256(java.util.HexFormat.of().formatHex(digest)),
                1000,
                "png",
                32,
                24,
                1 + random.nextDouble(),
                "Camera",
                "CPU",
                List.of());
    }

    /** How long each claim took that gave something or waited in vain; what was taken before is not given again. */
    List<Long> takeClaimNanos() {
        List<Long> taken = new ArrayList<>();
        for (Long nanos = claimNanos.poll(); nanos != null; nanos = claimNanos.poll()) {
            taken.add(nanos);
        }
        return taken;
    }

    Queue<Throwable> failures() {
        return failures;
    }
}

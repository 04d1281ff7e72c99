package studio.kiln.server.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.StatelessSession;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.NodeBlockRow;

/** Takes chunks through their whole life as fast as the scheduler does, at several numbers of waiting ones. */
final class SchedulerBench {
    static final int OWNERS = 100;

    private static final int NODES = 16;
    private static final int SLOTS = 16;
    /** Each is a pool; a node has the first two and one of the others. */
    private static final List<String> ENGINES = List.of("4.0.2", "4.1.1", "4.2.3", "4.3.2");
    /** Percent of the tasks that are of each pool, so that every node serves 80 %. */
    private static final int[] SHARES = {30, 30, 20, 20};

    private static final int BLOCKED_PERCENT = 5;
    private static final int WARM_UP = 6_000;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final StatusLine status;
    private final boolean studio;
    private final List<Integer> waiting;
    private final int lifecycles;
    private final int tasks;
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** @param tasks a multiple of the owners; they share what waits */
    SchedulerBench(StatusLine status, boolean studio, List<Integer> waiting, int lifecycles, int tasks) {
        this.status = status;
        this.studio = studio;
        this.waiting = List.copyOf(waiting);
        this.lifecycles = lifecycles;
        this.tasks = tasks;
    }

    /** @param durability the settings that say what survives a kill, as the database gives them */
    record Measured(String name, String mode, Map<String, String> durability, List<Row> rows) {}

    /**
     * @param waiting chunks that waited in the middle of the measurement
     * @param cpuMsPerLifecycle of this process and of the services that it started
     * @param counted rows that the lifecycles left, those of the warm-up included
     */
    record Row(
            int waiting,
            double lifecyclesPerSecond,
            double claimP99Ms,
            double claimMedianMs,
            double cpuMsPerLifecycle,
            int lifecycles,
            double seconds,
            int owners,
            int tasks,
            Counted counted) {}

    /** @param lifecycles that were completed; of attempts, chunks and results there is one for each */
    record Counted(
            long lifecycles,
            long attempts,
            long chunks,
            long results,
            long timeline,
            long events,
            long eventsNumbered) {}

    Measured measure() throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("kiln-bench");
        try (BenchServices services = studio ? BenchServices.start(work, status) : BenchServices.none()) {
            Map<String, String> durability = new LinkedHashMap<>();
            List<Row> rows = new ArrayList<>();
            for (int n : waiting) {
                services.empty();
                try (BenchFarm farm =
                        new BenchFarm(work.resolve("home-" + n), services.database(), services.shared())) {
                    durability.putAll(services.durability(farm.database));
                    rows.add(measure(farm, services, n));
                }
            }
            return new Measured("scheduler", studio ? "studio" : "embedded", durability, rows);
        } finally {
            Folders.delete(work);
        }
    }

    private Row measure(BenchFarm farm, BenchServices services, int n) throws InterruptedException {
        int warmUp = Math.min(WARM_UP, 2 * lifecycles);
        // The nodes may have 80 % of it, less what is blocked, and what they have when enough is done is ended too.
        int least = (warmUp + lifecycles + 2 * NODES * SLOTS) * 4 / 3;
        int chunks = Math.max(n + warmUp + lifecycles / 2, least);
        List<String> nodes = fill(farm, chunks);
        AtomicLong done = new AtomicLong();
        AtomicLong wanted = new AtomicLong(warmUp);
        List<BenchNode> working = nodes.stream()
                .map(id -> new BenchNode(farm.link, id, SLOTS, () -> done.get() < wanted.get(), done::incrementAndGet))
                .toList();
        run(working);
        working.forEach(BenchNode::takeClaimNanos);
        status.say(String.format(Locale.ROOT, "%,d chunks wait; measuring\u2026", n));
        long before = done.get();
        long cpu = system.getProcessCpuTime() + services.cpuNanos();
        long began = System.nanoTime();
        wanted.set(before + lifecycles);
        run(working);
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpuMs = (system.getProcessCpuTime() + services.cpuNanos() - cpu) / 1e6;
        long measured = done.get() - before;
        List<Long> claims = working.stream()
                .flatMap(node -> node.takeClaimNanos().stream())
                .sorted()
                .toList();
        Counted counted = count(farm, done.get());
        return new Row(
                chunks - warmUp - lifecycles / 2,
                rounded(measured / seconds),
                quantileMs(claims, 0.99),
                quantileMs(claims, 0.5),
                rounded(cpuMs / measured),
                (int) measured,
                rounded(seconds),
                OWNERS,
                tasks,
                counted);
    }

    private static void run(List<BenchNode> nodes) throws InterruptedException {
        ExecutorService working = Executors.newVirtualThreadPerTaskExecutor();
        nodes.forEach(node -> working.execute(node::work));
        working.shutdown();
        if (!working.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            working.shutdownNow();
            throw wrong("the lifecycles did not end within " + PATIENCE.toMinutes() + " minutes");
        }
        for (BenchNode node : nodes) {
            Throwable failure = node.failures().peek();
            if (failure != null) {
                throw wrong("a node met " + failure);
            }
        }
    }

    /** Submits the tasks, with so many chunks in all; gives the nodes. */
    private List<String> fill(BenchFarm farm, int chunks) {
        List<String> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            String id = String.format(Locale.ROOT, "%032d", i + 1);
            // Only so many slots make every frame a chunk of its own.
            int most = Math.max(SLOTS, chunks / tasks + 2);
            farm.node(id, most, List.of(ENGINES.get(0), ENGINES.get(1), ENGINES.get(2 + i % 2)));
            nodes.add(id);
        }
        int least = chunks / tasks;
        int rest = chunks % tasks;
        Random random = new Random(7);
        List<String> submitted = new ArrayList<>();
        for (int owner = 0; owner < OWNERS; owner++) {
            String name = String.format(Locale.ROOT, "owner%03d", owner);
            String version = farm.model(name, least + 1);
            for (int i = 0; i < tasks / OWNERS; i++) {
                int frames = least + (submitted.size() < rest ? 1 : 0);
                submitted.add(farm.scheduler
                        .submit(
                                new TaskRequest(
                                        version,
                                        "Task " + i,
                                        "1-" + frames,
                                        null,
                                        null,
                                        pool(submitted.size()),
                                        50,
                                        null,
                                        true,
                                        null,
                                        null,
                                        null),
                                name,
                                null)
                        .id());
                status.show("submitting task " + submitted.size() + " of " + tasks);
            }
        }
        farm.database.run(tx -> block(tx, nodes, submitted, random));
        long ready = farm.database.read(tx -> tx.createSelectionQuery("select count(*) from ChunkRow", Long.class)
                .getSingleResult());
        if (ready != chunks) {
            throw wrong(ready + " chunks wait instead of " + chunks);
        }
        return nodes;
    }

    private static String pool(int task) {
        int percent = task * 37 % 100;
        int at = 0;
        for (int upTo = SHARES[0]; percent >= upTo; upTo += SHARES[at]) {
            at++;
        }
        return ENGINES.get(at);
    }

    private static void block(StatelessSession tx, List<String> nodes, List<String> tasks, Random random) {
        Instant now = Database.now(tx);
        for (String node : nodes) {
            for (String task : tasks) {
                if (random.nextInt(100) < BLOCKED_PERCENT) {
                    NodeBlockRow row = new NodeBlockRow();
                    row.task = task;
                    row.node = node;
                    row.failures = 3;
                    row.blocked = true;
                    row.updatedAt = now;
                    tx.insert(row);
                }
            }
        }
    }

    private Counted count(BenchFarm farm, long done) throws InterruptedException {
        awaitNumbers(farm);
        Counted counted = farm.database.read(tx -> new Counted(
                done,
                count(tx, "AttemptRow where state = 'SUCCEEDED' and published = 1"),
                count(tx, "ChunkRow where state = 'SUCCEEDED'"),
                count(tx, "ResultRow r where exists (select 1 from OutputRow o where o.result = r.id)"),
                count(tx, "TimelineRow where subject in ('attempt', 'chunk')"),
                count(tx, "EventRow where type in ('task', 'result')"),
                count(tx, "EventRow where seq is not null")));
        Object[] sums = farm.database.read(tx -> tx.createSelectionQuery(
                        "select sum(succeeded), sum(outputsDone), sum(leased + running) from TaskRow", Object[].class)
                .getSingleResult());
        long succeeded = ((Number) sums[0]).longValue();
        long outputs = ((Number) sums[1]).longValue();
        long active = ((Number) sums[2]).longValue();
        long results = farm.database.read(tx -> count(tx, "EventRow where type = 'result'"));
        // each goes from ready to leased, running, publishing and succeeded, and its chunk with it
        boolean complete = counted.attempts == done
                && counted.chunks == done
                && counted.results == done
                && counted.timeline == 7 * done
                && results == done
                && counted.events >= 2 * done / SLOTS
                && succeeded == done
                && outputs == done
                && active == 0;
        if (!complete) {
            throw wrong("after " + done + " lifecycles there are " + counted + ", " + results
                    + " events of results, and" + " the tasks count " + succeeded + " chunks, " + outputs
                    + " outputs and " + active + " active");
        }
        return counted;
    }

    private static void awaitNumbers(BenchFarm farm) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (farm.database.read(tx -> count(tx, "EventRow where seq is null")) > 0) {
            if (System.nanoTime() > end) {
                throw wrong("events got no numbers");
            }
            Thread.sleep(20);
        }
    }

    private static long count(StatelessSession tx, String what) {
        return tx.createSelectionQuery("select count(*) from " + what, Long.class)
                .getSingleResult();
    }

    private static CliFailure wrong(String what) {
        return new CliFailure(ExitCode.FAILED, "BENCH_FAILED", "The measurement failed: " + what + ".");
    }

    private static double quantileMs(List<Long> sorted, double q) {
        return sorted.isEmpty() ? 0 : rounded(sorted.get((int) (q * (sorted.size() - 1))) / 1e6);
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}

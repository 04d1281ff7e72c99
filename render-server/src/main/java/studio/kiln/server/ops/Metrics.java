package studio.kiln.server.ops;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.task.AttemptState;

/**
 * Numbers of a server, in the form that Prometheus reads. What is counted here is of this server alone; what {@link Farm}
 * tells is of the whole farm, the same on each of its servers. Safe for any number of threads.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">The text format</a>
 */
public final class Metrics implements RequestMeter, FarmMeter, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);
    private static final Duration[] SECONDS = {
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(2),
        Duration.ofMinutes(10),
        Duration.ofHours(1)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Farm farm;
    private final Timer rendered;
    private final Counter hits;
    private final Counter misses;
    private final MultiGauge waiting;
    private final MultiGauge tasks;
    private final MultiGauge jobs;
    private final MultiGauge nodeLoad;
    private final MultiGauge nodeSlots;
    private volatile boolean knowsFarm;

    /** What the database tells of the farm. */
    @FunctionalInterface
    public interface Farm {
        Census count();
    }

    /**
     * What is there at one moment.
     *
     * @param chunks by state, in tasks that have not ended
     * @param tasks by state, without those that have ended
     * @param jobs by state, without those that are done
     */
    public record Census(List<Count> chunks, List<Count> tasks, List<Count> jobs, List<NodeLoad> nodes) {}

    /** How many are in a state. */
    public record Count(String state, long many) {}

    /**
     * A machine that renders.
     *
     * @param load percent of its processors
     * @param busy slots that render
     */
    public record NodeLoad(String name, int load, long busy, int slots) {}

    public Metrics(Farm farm) {
        this.farm = farm;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        this.rendered = Timer.builder("kiln.render")
                .description("Seconds that published pictures took to render")
                .serviceLevelObjectives(SECONDS)
                .register(registry);
        this.hits = cache("hit");
        this.misses = cache("miss");
        this.waiting = gauge("kiln.queue.chunks", "Chunks of tasks that have not ended, by state");
        this.tasks = gauge("kiln.tasks", "Tasks that have not ended, by state");
        this.jobs = gauge("kiln.jobs", "Jobs of the servers that are not done, by state");
        this.nodeLoad = gauge("kiln.node.load", "Load of a node's processors, 0 to 1");
        this.nodeSlots = gauge("kiln.node.slots", "Slots of a node, busy and all");
        Gauge.builder("kiln.database.up", () -> knowsFarm ? 1 : 0)
                .description("Whether the database told of the farm")
                .register(registry);
    }

    private Counter cache(String result) {
        return Counter.builder("kiln.status.cache")
                .description("Questions for a task's status, by whether the cache knew it")
                .tag("result", result)
                .register(registry);
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    @Override
    public void answered(String method, String route, int status, Duration took) {
        Timer.builder("kiln.http.requests")
                .description("Requests and how long their answers took")
                .tags("method", method, "route", route, "status", Integer.toString(status))
                .register(registry)
                .record(took);
    }

    @Override
    public void published(double seconds) {
        rendered.record(Duration.ofNanos((long) (seconds * 1e9)));
    }

    @Override
    public void ended(AttemptState state, Duration took) {
        Timer.builder("kiln.chunk")
                .description("From giving a chunk to a node to the end of the attempt, by how it ended")
                .tag("state", state.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(SECONDS)
                .register(registry)
                .record(took.isNegative() ? Duration.ZERO : took);
    }

    /** Whether the cache of statuses knew the answer. */
    public void cacheAsked(boolean hit) {
        (hit ? hits : misses).increment();
    }

    /** All of it, the farm as it is now; without the farm while the database is away. */
    public synchronized String text() {
        try {
            Census now = farm.count();
            waiting.register(rows(now.chunks), true);
            tasks.register(rows(now.tasks), true);
            jobs.register(rows(now.jobs), true);
            List<MultiGauge.Row<?>> loads = new ArrayList<>();
            List<MultiGauge.Row<?>> slots = new ArrayList<>();
            for (NodeLoad node : now.nodes) {
                loads.add(MultiGauge.Row.of(Tags.of("node", node.name), node.load / 100.0));
                slots.add(MultiGauge.Row.of(Tags.of("node", node.name, "state", "busy"), node.busy));
                slots.add(MultiGauge.Row.of(Tags.of("node", node.name, "state", "all"), node.slots));
            }
            nodeLoad.register(loads, true);
            nodeSlots.register(slots, true);
            knowsFarm = true;
        } catch (RuntimeException e) {
            LOG.debug("The farm cannot be counted: {}", e.getMessage());
            knowsFarm = false;
            for (MultiGauge gauge : List.of(waiting, tasks, jobs, nodeLoad, nodeSlots)) {
                gauge.register(List.of(), true);
            }
        }
        return registry.scrape();
    }

    private static List<MultiGauge.Row<?>> rows(List<Count> counts) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        counts.forEach(count ->
                rows.add(MultiGauge.Row.of(Tags.of("state", count.state.toLowerCase(Locale.ROOT)), count.many)));
        return rows;
    }

    @Override
    public void close() {
        registry.close();
    }
}

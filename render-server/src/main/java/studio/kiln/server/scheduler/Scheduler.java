package studio.kiln.server.scheduler;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskVerification;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.ops.FarmMeter;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.queue.JobQueue;
import studio.kiln.server.queue.Signal;
import studio.kiln.server.security.Sight;
import studio.kiln.server.storage.BlobStore;
import tools.jackson.core.JacksonException;

/** The scheduler of a server: what people ask of tasks, what nodes ask for and report, and what happens as time passes. */
public final class Scheduler implements TaskService, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
    private static final Duration REPAIR = Duration.ofMinutes(1);

    private final Database database;
    private final Submission submission;
    private final Steering steering;
    private final Views views;
    private final RenderScript script;
    private final Reconciler reconciler;
    private final Verification verification;
    private final SchedulerSettings settings;
    private final StatusCache cache;
    private final Parts parts;
    private final LocalServerLink local;
    private final NodeDesk desk;
    private final Nodes nodes;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-repair").factory());

    /** What the link of the embedded node is made of. */
    record Parts(
            Engines engines,
            Claims claims,
            Reports reports,
            NodeJobs jobs,
            Attempts attempts,
            NodeRecord nodes,
            Sweeps sweeps,
            Signal work,
            RunningNow now,
            TaskLog log,
            Notices notices,
            Heartbeats heartbeats) {}

    /** Wires the parts; {@link #start} sets them going. The queue must not be started before. */
    public Scheduler(
            Database database,
            Engines engines,
            JobQueue queue,
            StatusCache cache,
            EventSink events,
            BlobStore blobs,
            RenderScript script,
            SchedulerSettings settings) {
        this.database = database;
        this.script = script;
        this.settings = settings;
        this.cache = cache;
        Signal work = new Signal();
        Backlog backlog = new Backlog();
        Notices notices = new Notices(events, cache, queue, backlog);
        NodeRecord nodes = new NodeRecord(database, engines, settings.lease());
        RunningNow now = new RunningNow();
        this.submission = new Submission(
                database, engines, new Planner(settings.scriptVersion()), new PlanWriter(notices), queue, notices);
        Attempts attempts = new Attempts(database, queue, settings.lease());
        Reports reports = new Reports(database, notices, settings.retry(), nodes, attempts, this::succeeded);
        NodeJobs jobs = new NodeJobs(database, engines, notices, queue, submission, settings.retry(), settings.lease());
        this.parts = new Parts(
                engines,
                new Claims(database, engines, notices, backlog, nodes, settings.lease()),
                reports,
                jobs,
                attempts,
                nodes,
                new Sweeps(database, engines, reports, jobs, nodes, notices, settings.lease()),
                work,
                now,
                new TaskLog(database, events),
                notices,
                new Heartbeats());
        this.local = new LocalServerLink(parts, blobs);
        this.desk = new NodeDesk(parts, local, blobs, settings.scriptVersion());
        this.nodes = new Nodes(database, parts, desk);
        this.steering = new Steering(database, notices, queue, local::stop);
        this.views = new Views(database, new Reasons(engines), submission, now, cache);
        this.reconciler = new Reconciler(database, notices);
        this.verification =
                new Verification(database, views, cache, reconciler, reports, parts.heartbeats, local::stop);
        queue.handle(JobKind.PLAN, submission::plan);
        queue.onNodeWork(work::raise);
    }

    /** Who counts what happens; set before {@link #start}. */
    public void measure(FarmMeter meter) {
        parts.reports.measure(meter);
    }

    public void start() {
        parts.log.start();
        parts.sweeps.start();
        if (settings.repair()) {
            timer.scheduleWithFixedDelay(this::repair, REPAIR.toSeconds(), REPAIR.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void repair() {
        try {
            reconciler.pass();
        } catch (RuntimeException e) {
            LOG.warn("The repair pass failed; it is tried again", e);
        }
    }

    private void succeeded(String task) {
        parts.now.forget(task);
        parts.sweeps.dependencies();
    }

    /** Says that these tasks were changed, maybe by another server, of which something is remembered here. Never fails. */
    public void changed(Set<String> tasks) {
        if (tasks.isEmpty()) {
            return;
        }
        try {
            Map<String, Long> revisions = new HashMap<>();
            database.read(tx -> tx.createSelectionQuery(
                                    "select id, revision from TaskRow where id in :ids", Object[].class)
                            .setParameterList("ids", tasks)
                            .getResultList())
                    .forEach(row -> revisions.put((String) row[0], (Long) row[1]));
            cache.outdate(revisions);
        } catch (RuntimeException e) {
            LOG.debug("It is not known which statuses are old", e);
            tasks.forEach(cache::forget);
        }
    }

    /** Takes what another server tells of progress. Never fails. */
    public void heard(ServerEvent event) {
        if (event.type().equals("progress")) {
            try {
                parts.now.put(ApiJson.LENIENT.treeToValue(event.data(), FrameProgress.class));
            } catch (JacksonException e) {
                LOG.debug("A server of another version tells of progress", e);
            }
        }
    }

    /** Where nodes on other machines speak. */
    public NodeDesk nodeDesk() {
        return desk;
    }

    /** What people see of nodes, and want of them. */
    public Nodes nodes() {
        return nodes;
    }

    /** The link for the embedded node. */
    public LocalServerLink localLink() {
        return local;
    }

    public Reconciler reconciler() {
        return reconciler;
    }

    Sweeps sweeps() {
        return parts.sweeps;
    }

    /** The newest view of a task, for events; empty when it is gone. */
    public Optional<TaskView> find(String id) {
        return views.find(id);
    }

    /** Slots that render now, whoever's work it is, and tasks that are not over as far as {@code sight} goes. */
    public Load load(Sight sight) {
        return database.read(tx -> {
            List<TaskState> ends = List.of(TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED);
            Number busy = tx.createSelectionQuery(
                            "select coalesce(sum(leased + running), 0) from TaskRow where state not in :ends",
                            Number.class)
                    .setParameter("ends", ends)
                    .getSingleResult();
            Long open = sight.bind(tx.createSelectionQuery(
                                    "select count(*) from TaskRow t where t.state not in :ends and "
                                            + sight.where(Thing.Kind.TASK, "t"),
                                    Long.class)
                            .setParameter("ends", ends))
                    .getSingleResult();
            Number slots = tx.createSelectionQuery(
                            "select coalesce(sum(slots), 0) from NodeRow where removed = false", Number.class)
                    .getSingleResult();
            return new Load(open.intValue(), busy.intValue(), slots.intValue());
        });
    }

    /** @param busySlots of {@code slots} */
    public record Load(int openTasks, int busySlots, int slots) {}

    @Override
    public TaskView submit(TaskRequest request, String owner, @Nullable String idempotencyKey) {
        return views.task(submission.submit(request, owner, idempotencyKey));
    }

    @Override
    public TaskPreview preview(TaskRequest request, String owner) {
        return submission.preview(request, owner);
    }

    @Override
    public TaskView task(String id) {
        return views.task(id);
    }

    @Override
    public TaskStatus status(String id) {
        return views.status(id);
    }

    @Override
    public Optional<TaskStatus> statusAtHand(String id) {
        return cache.isLocal() ? views.cachedStatus(id) : Optional.empty();
    }

    @Override
    public Page<TaskView> list(
            Sight sight, @Nullable String states, @Nullable String query, @Nullable String cursor, int limit) {
        return views.list(sight, states, query, cursor, limit);
    }

    @Override
    public TaskView pause(String id, String actor) {
        steering.pause(id, actor);
        return views.task(id);
    }

    @Override
    public TaskView resume(String id, String actor) {
        steering.resume(id, actor);
        return views.task(id);
    }

    @Override
    public TaskView cancel(String id, String actor) {
        steering.cancel(id, actor);
        return views.task(id);
    }

    @Override
    public TaskView requeue(String id, Requeue what, String actor) {
        steering.requeue(id, what, actor);
        return views.task(id);
    }

    @Override
    public TaskView priority(String id, int priority, String actor) {
        steering.priority(id, priority, actor);
        return views.task(id);
    }

    @Override
    public TaskView next(String id, boolean next, String actor) {
        steering.next(id, next, actor);
        return views.task(id);
    }

    @Override
    public TaskVerification verify(String id) {
        return verification.verify(id);
    }

    @Override
    public Page<ResultView> results(String id, @Nullable String cursor, int limit) {
        return views.results(id, cursor, limit);
    }

    @Override
    public Optional<ResultView> result(String resultId) {
        return views.result(resultId);
    }

    @Override
    public List<ChunkView> chunks(String id) {
        return views.chunks(id);
    }

    @Override
    public Page<TimelineEntry> timeline(String id, @Nullable String cursor, int limit) {
        return views.timeline(id, cursor, limit);
    }

    @Override
    public Page<LogLine> logs(String id, @Nullable String cursor, int limit) {
        parts.log.flush();
        return views.logs(id, cursor, limit);
    }

    @Override
    public boolean isDraft(String id, Sha256 digest) {
        return parts.now.isDraft(views.task(id).id(), digest);
    }

    @Override
    public String script(String id) {
        return script.write(views.script(id));
    }

    /** Stops the sweeps; what nodes still report is taken. */
    @Override
    public void close() {
        timer.shutdownNow();
        parts.sweeps.close();
        parts.log.close();
    }
}

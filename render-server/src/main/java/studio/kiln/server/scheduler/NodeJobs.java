package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.EngineChoice;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.task.FailureKind;
import studio.kiln.core.task.RetryPolicy;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.NodeState;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.queue.Job;
import studio.kiln.server.queue.JobQueue;

/** Work on model versions that a node's interactive session does: looking into them, and making their small pictures. */
final class NodeJobs {
    /** The small picture of a model. */
    static final int THUMBNAIL_WIDTH = 512;

    static final int THUMBNAIL_HEIGHT = 384;

    private static final List<JobKind> ON_NODES = List.of(JobKind.INSPECT, JobKind.THUMBNAIL);
    private static final int CANDIDATES = 32;

    private final Database database;
    private final Engines engines;
    private final Notices notices;
    private final JobQueue queue;
    private final Submission submission;
    private final RetryPolicy retry;
    private final Duration lease;
    private final RandomGenerator random = RandomGenerator.getDefault();

    NodeJobs(
            Database database,
            Engines engines,
            Notices notices,
            JobQueue queue,
            Submission submission,
            RetryPolicy retry,
            Duration lease) {
        this.database = database;
        this.engines = engines;
        this.notices = notices;
        this.queue = queue;
        this.submission = submission;
        this.retry = retry;
        this.lease = lease;
    }

    /** The next job for the interactive session of a node; inspections go first, for people wait for them. */
    Optional<Assignment> claim(String node) {
        if (engines.usableOf(node).isEmpty()) {
            return Optional.empty();
        }
        return database.tx(tx -> {
            NodeRow row = tx.<@Nullable NodeRow>get(NodeRow.class, node);
            if (row == null || row.state != NodeState.ACTIVE) {
                return Optional.empty();
            }
            Instant now = Database.now(tx);
            for (JobKind kind : ON_NODES) {
                for (JobRow job : ready(tx, kind, now)) {
                    Optional<Assignment> assignment = take(tx, node, job, now);
                    if (assignment.isPresent()) {
                        return assignment;
                    }
                }
            }
            return Optional.empty();
        });
    }

    private static List<JobRow> ready(StatelessSession tx, JobKind kind, Instant now) {
        return tx.createSelectionQuery(
                        "from JobRow where state = :ready and kind = :kind and notBefore <= :now"
                                + " order by state, kind, notBefore, createdAt",
                        JobRow.class)
                .setParameter("ready", JobState.READY)
                .setParameter("kind", kind)
                .setParameter("now", now)
                .setMaxResults(CANDIDATES)
                .getResultList();
    }

    private Optional<Assignment> take(StatelessSession tx, String node, JobRow job, Instant now) {
        ModelVersionRow version = tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, job.subject);
        if (version == null) {
            return Optional.empty();
        }
        Optional<Engines.Engine> engine = engine(choice(version, engines.usableOf(node)));
        if (engine.isEmpty()) {
            return Optional.empty();
        }
        String attempt = Ids.next();
        int rows = tx.createMutationQuery("update JobRow set state = :leased, attempt = :attempt, node = :node,"
                        + " engine = :engine, leaseUntil = :until where id = :id and state = :ready")
                .setParameter("leased", JobState.LEASED)
                .setParameter("attempt", attempt)
                .setParameter("node", node)
                .setParameter("engine", engine.get().id())
                .setParameter("until", now.plus(lease))
                .setParameter("id", job.id)
                .setParameter("ready", JobState.READY)
                .executeUpdate();
        if (rows != 1) {
            return Optional.empty();
        }
        Manifest manifest = Orders.manifest(tx, version.id);
        return Optional.of(
                job.kind == JobKind.INSPECT
                        ? new Assignment.Inspect(
                                attempt, engine.get().id(), lease, manifest, version.createdBy, version.id)
                        : new Assignment.Thumbnail(
                                attempt,
                                engine.get().id(),
                                lease,
                                manifest,
                                version.createdBy,
                                version.id,
                                THUMBNAIL_WIDTH,
                                THUMBNAIL_HEIGHT));
    }

    private static EngineChoice<Engines.Engine> choice(ModelVersionRow version, List<Engines.Engine> among) {
        ModelFormat format = ModelFormat.of(version.root).orElse(ModelFormat.BLEND);
        BlenderVersion savedBy =
                format == ModelFormat.BLEND && version.savedBy != null ? BlenderVersion.parse(version.savedBy) : null;
        BlenderVersion wanted = version.blender == null ? null : BlenderVersion.parse(version.blender);
        return Engines.toLook(format, savedBy, wanted, among);
    }

    private static Optional<Engines.Engine> engine(EngineChoice<Engines.Engine> choice) {
        return switch (choice) {
            case EngineChoice.Fits<Engines.Engine>(Engines.Engine engine) -> Optional.of(engine);
            case EngineChoice.Risky<Engines.Engine>(Engines.Engine engine, String _) -> Optional.of(engine);
            case EngineChoice.None<Engines.Engine> _ -> Optional.empty();
        };
    }

    /** The job that an attempt is of, if the attempt is current. */
    static Optional<JobRow> current(StatelessSession tx, String attempt) {
        return tx.createSelectionQuery("from JobRow where attempt = :attempt and state = :leased", JobRow.class)
                .setParameter("attempt", attempt)
                .setParameter("leased", JobState.LEASED)
                .uniqueResultOptional();
    }

    /** The node that has a job under this attempt. */
    static Optional<String> node(StatelessSession tx, String attempt) {
        return tx.createSelectionQuery(
                        "select node from JobRow where attempt = :attempt and node is not null", String.class)
                .setParameter("attempt", attempt)
                .uniqueResultOptional();
    }

    /** Attempts of jobs that a node has. */
    static List<String> attemptsOf(StatelessSession tx, String node) {
        return tx.createSelectionQuery(
                        "select attempt from JobRow where node = :node and state = :leased", String.class)
                .setParameter("node", node)
                .setParameter("leased", JobState.LEASED)
                .getResultList();
    }

    /** Whether the attempt is or was one of a job. */
    boolean knows(String attempt) {
        return database.read(
                tx -> tx.createSelectionQuery("select count(*) from JobRow where attempt = :attempt", Long.class)
                                .setParameter("attempt", attempt)
                                .getSingleResult()
                        > 0);
    }

    boolean isCurrent(String attempt) {
        return database.read(tx -> current(tx, attempt).isPresent());
    }

    /** Whether the job was ended well by this attempt: then a message that comes again is no late one. */
    boolean wasDoneBy(String attempt) {
        return database.read(tx -> tx.createSelectionQuery(
                                "select count(*) from JobRow where attempt = :attempt and state = :done", Long.class)
                        .setParameter("attempt", attempt)
                        .setParameter("done", JobState.DONE)
                        .getSingleResult()
                > 0);
    }

    /** Renews the lease, if the attempt is current. */
    boolean renew(String attempt) {
        return database.tx(tx -> tx.createMutationQuery(
                                "update JobRow set leaseUntil = :until where attempt = :attempt and state = :leased")
                        .setParameter("until", Database.now(tx).plus(lease))
                        .setParameter("attempt", attempt)
                        .setParameter("leased", JobState.LEASED)
                        .executeUpdate()
                == 1);
    }

    /** Locks a job by a guarded update that ends it; false when the attempt is not current. */
    private static boolean end(
            StatelessSession tx, String attempt, JobState state, @Nullable String code, @Nullable String message) {
        return tx.createMutationQuery("update JobRow set state = :state, leaseUntil = null, code = :code,"
                                + " message = :message, endedAt = :now where attempt = :attempt and state = :leased")
                        .setParameter("state", state)
                        .setParameter("code", Text.cutOrNull(code, 64))
                        .setParameter("message", Text.cutOrNull(message, Text.LONG))
                        .setParameter("now", Database.now(tx))
                        .setParameter("attempt", attempt)
                        .setParameter("leased", JobState.LEASED)
                        .executeUpdate()
                == 1;
    }

    /** The model version can be rendered; tasks that wait for it are planned. Says whether the attempt was current. */
    boolean inspected(String attempt, Inspection inspection) {
        boolean current = database.tx(tx -> {
            Optional<JobRow> job = current(tx, attempt);
            if (job.isEmpty() || !end(tx, attempt, JobState.DONE, null, null)) {
                return false;
            }
            ModelVersionRow version = tx.get(ModelVersionRow.class, job.get().subject);
            List<RenderWarning> warnings = new ArrayList<>(inspection.warnings());
            if (choice(version, engines.usable())
                    instanceof EngineChoice.Risky<Engines.Engine>(var _, String warning)) {
                // in the words of the plan, which come again when it is rendered
                warnings.removeIf(known -> known.code().equals(Engines.OLDER_ENGINE));
                warnings.add(
                        Engines.older(warning, version.savedBy == null ? null : BlenderVersion.parse(version.savedBy)));
            }
            Instant now = Database.now(tx);
            version.state = VersionState.READY;
            version.inspection = SessionCodec.store(inspection);
            version.warnings = SessionCodec.store(warnings);
            version.savedBy = version.savedBy == null ? inspection.savedBy() : version.savedBy;
            version.engine = Text.cut(inspection.engineVersion(), 32);
            version.objects = inspection.objects();
            version.triangles = inspection.triangles();
            version.animated = inspection.scenes().stream().anyMatch(Inspection.Scene::animated);
            version.missingFiles = inspection.missing().size();
            version.updatedAt = now;
            tx.update(version);
            queue.put(tx, Job.thumbnail(version.id, version.createdBy));
            changed(tx, version, now);
            for (TaskRow task : waiting(tx, version.id)) {
                queue.put(tx, Job.plan(task.id, task.generation, task.owner));
            }
            return true;
        });
        notices.committed();
        queue.wake();
        return current;
    }

    private static List<TaskRow> waiting(StatelessSession tx, String version) {
        return tx
                .createSelectionQuery("from TaskRow where version = :version and planned = false", TaskRow.class)
                .setParameter("version", version)
                .getResultList()
                .stream()
                .filter(task -> !task.state.isEnd())
                .toList();
    }

    private void changed(StatelessSession tx, ModelVersionRow version, Instant now) {
        ModelRow model = tx.get(ModelRow.class, version.model);
        tx.createMutationQuery("update ModelRow set updatedAt = :now where id = :id")
                .setParameter("now", now)
                .setParameter("id", model.id)
                .executeUpdate();
        notices.changed(tx, "model", model.id, model.owner);
    }

    boolean thumbnailMade(String attempt, Sha256 picture) {
        boolean current = database.tx(tx -> {
            Optional<JobRow> job = current(tx, attempt);
            if (job.isEmpty() || !end(tx, attempt, JobState.DONE, null, null)) {
                return false;
            }
            Instant now = Database.now(tx);
            tx.createMutationQuery("update ModelVersionRow set thumbnail = :picture, updatedAt = :now where id = :id")
                    .setParameter("picture", picture.hex())
                    .setParameter("now", now)
                    .setParameter("id", job.get().subject)
                    .executeUpdate();
            ModelVersionRow version = tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, job.get().subject);
            if (version != null) {
                changed(tx, version, now);
            }
            return true;
        });
        notices.committed();
        return current;
    }

    /** Tries again later, or gives up: then the version is unusable, or has no small picture. */
    boolean failed(String attempt, FailureKind kind, String code, String message) {
        Failed failed = database.tx(tx -> fail(tx, attempt, kind, code, message));
        notices.committed();
        failed.rejected.forEach(task -> submission.reject(task, message));
        return failed.current;
    }

    private record Failed(boolean current, List<String> rejected) {}

    private Failed fail(StatelessSession tx, String attempt, FailureKind kind, String code, String message) {
        Optional<JobRow> found = current(tx, attempt);
        if (found.isEmpty()) {
            return new Failed(false, List.of());
        }
        JobRow job = found.get();
        Optional<Duration> pause = retry.pauseAfter(kind, code, job.attempts + 1, random);
        if (pause.isPresent()) {
            again(tx, job, attempt, pause.get(), RetryPolicy.counts(code) ? 1 : 0, message);
            return new Failed(true, List.of());
        }
        end(tx, attempt, JobState.DEAD, code, message);
        return new Failed(true, job.kind == JobKind.INSPECT ? unusable(tx, job.subject, code, message) : List.of());
    }

    private static void again(
            StatelessSession tx, JobRow job, String attempt, Duration pause, int failures, @Nullable String message) {
        tx.createMutationQuery("update JobRow set state = :ready, attempt = null, node = null, leaseUntil = null,"
                        + " attempts = attempts + :failures, notBefore = :due, message = :message"
                        + " where id = :id and attempt = :attempt")
                .setParameter("ready", JobState.READY)
                .setParameter("failures", failures)
                .setParameter("due", Database.now(tx).plus(pause))
                .setParameter("message", Text.cutOrNull(message, Text.LONG))
                .setParameter("id", job.id)
                .setParameter("attempt", attempt)
                .executeUpdate();
    }

    // Gives the tasks that had waited for the version.
    private List<String> unusable(StatelessSession tx, String versionId, String code, String message) {
        Instant now = Database.now(tx);
        ModelVersionRow version = tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, versionId);
        if (version == null || version.state != VersionState.INSPECTING) {
            return List.of();
        }
        version.state = VersionState.UNUSABLE;
        version.problem = Text.cut(message, Text.LONG);
        version.problemCode = Text.cut(code, 64);
        version.updatedAt = now;
        tx.update(version);
        changed(tx, version, now);
        return waiting(tx, versionId).stream().map(task -> task.id).toList();
    }

    /** The node gives the job back; it is no failure. */
    boolean released(String attempt, String why) {
        boolean current = database.tx(tx -> {
            Optional<JobRow> job = current(tx, attempt);
            job.ifPresent(row -> again(tx, row, attempt, Duration.ZERO, 0, why));
            return job.isPresent();
        });
        notices.workIsThere();
        return current;
    }

    /** Takes back jobs whose lease ended before {@code before}, or all of a node when that is given. */
    int takeBack(@Nullable Instant before, @Nullable String node) {
        List<JobRow> lost = database.read(tx -> tx
                .createSelectionQuery("from JobRow where state = :leased and kind in :kinds", JobRow.class)
                .setParameter("leased", JobState.LEASED)
                .setParameter("kinds", ON_NODES)
                .getResultList()
                .stream()
                .filter(job -> node == null || node.equals(job.node))
                .filter(job -> before == null || (job.leaseUntil != null && job.leaseUntil.isBefore(before)))
                .toList());
        for (JobRow job : lost) {
            String attempt = job.attempt == null ? "" : job.attempt;
            database.run(tx -> {
                tx.createMutationQuery(
                                "update JobRow set lostLeases = lostLeases + 1 where id = :id and attempt = :attempt")
                        .setParameter("id", job.id)
                        .setParameter("attempt", attempt)
                        .executeUpdate();
                if (job.lostLeases + 1 < Sweeps.MOST_LOST) {
                    again(tx, job, attempt, Duration.ZERO, 0, "The node was lost");
                }
            });
            if (job.lostLeases + 1 >= Sweeps.MOST_LOST) {
                failed(
                        attempt,
                        FailureKind.PERMANENT,
                        "FILE_UNREADABLE",
                        "Every node that looked into the model was lost while it did so.");
            }
        }
        if (!lost.isEmpty()) {
            notices.workIsThere();
        }
        return lost.size();
    }

    /** Ends inspections that no engine of any node can do, once the nodes have said what they have. */
    void refuseImpossible() {
        if (!engines.settled()) {
            return;
        }
        List<JobRow> ready = database.read(tx -> ready(tx, JobKind.INSPECT, Database.now(tx)));
        for (JobRow job : ready) {
            List<String> rejected = database.tx(tx -> {
                ModelVersionRow version = tx.<@Nullable ModelVersionRow>get(ModelVersionRow.class, job.subject);
                if (version == null
                        || !(choice(version, engines.usable())
                                instanceof EngineChoice.None<Engines.Engine>(String reason))) {
                    return List.of();
                }
                int rows = tx.createMutationQuery("update JobRow set state = :dead, message = :why, endedAt = :now"
                                + " where id = :id and state = :ready")
                        .setParameter("dead", JobState.DEAD)
                        .setParameter("why", reason)
                        .setParameter("now", Database.now(tx))
                        .setParameter("id", job.id)
                        .setParameter("ready", JobState.READY)
                        .executeUpdate();
                String code =
                        version.savedBy != null && !engines.usable().isEmpty() ? "FILE_NEWER" : "ENGINE_UNAVAILABLE";
                return rows == 1 ? unusable(tx, version.id, code, reason) : List.of();
            });
            rejected.forEach(
                    task -> submission.reject(task, "No engine here can read the model; see the model for why."));
        }
        notices.committed();
    }
}

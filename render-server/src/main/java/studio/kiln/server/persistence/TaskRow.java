package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.Length;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.task.TaskState;

/** A render task with its counters. Hot columns are changed by guarded updates, never by writing the whole row back. */
@Entity
@Table(name = "task")
@SuppressWarnings("NullAway.Init")
public final class TaskRow {
    @Id
    public String id;

    public long number;

    public long seq;

    public String name;

    public String owner;

    public String project;

    public String model;

    public String version;

    @Enumerated(EnumType.STRING)
    public TaskState state;

    /** A word that a node must have to get chunks of it. */
    public @Nullable String tag;

    public String pool = "";

    public int priority;

    @Column(name = "task_rank")
    public int taskRank;

    @Column(name = "go_next")
    public boolean goNext;

    public int generation = 1;

    public long revision = 1;

    @Column(name = "frames_wanted")
    public @Nullable String framesWanted;

    @Column(length = Length.LONG32)
    public @Nullable String frames;

    public @Nullable String scene;

    @Column(length = Length.LONG32)
    public String settings;

    @Column(name = "wanted_variants", length = Length.LONG32)
    public @Nullable String wantedVariants;

    public @Nullable String blender;

    public @Nullable String engine;

    @Column(name = "engine_version")
    public @Nullable String engineVersion;

    @Column(name = "engine_build")
    public @Nullable String engineBuild;

    public @Nullable String device;

    public boolean planned;

    public boolean strict;

    public boolean fresh;

    public boolean telling;

    public boolean trusted;

    public int outputs;

    @Column(name = "outputs_done")
    public int outputsDone;

    @Column(name = "outputs_reused")
    public int outputsReused;

    @Column(name = "outputs_failed")
    public int outputsFailed;

    public int ready;

    public int leased;

    public int running;

    @Column(name = "retry_wait")
    public int retryWait;

    public int succeeded;

    public int failed;

    public int cancelled;

    @Column(name = "spent_ms")
    public long spentMs;

    public @Nullable String measure;

    @Column(name = "newest_result")
    public @Nullable String newestResult;

    @Column(length = Length.LONG32)
    public @Nullable String warnings;

    public @Nullable String why;

    @Column(name = "idempotency_key")
    public @Nullable String idempotencyKey;

    @Column(name = "request_digest")
    public @Nullable String requestDigest;

    @Column(name = "queued_at")
    public Instant queuedAt;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "started_at")
    public @Nullable Instant startedAt;

    @Column(name = "ended_at")
    public @Nullable Instant endedAt;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

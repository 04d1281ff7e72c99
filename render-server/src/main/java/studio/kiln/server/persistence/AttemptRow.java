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
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.FailureKind;

/** One execution of a chunk on a node; its id is the fencing token. */
@Entity
@Table(name = "attempt")
@SuppressWarnings("NullAway.Init")
public final class AttemptRow {
    @Id
    public String id;

    public String chunk;

    public String task;

    public String node;

    public String engine;

    @Enumerated(EnumType.STRING)
    public AttemptState state;

    public int generation;

    @Enumerated(EnumType.STRING)
    public @Nullable FailureKind failure;

    public @Nullable String code;

    public @Nullable String message;

    @Column(length = Length.LONG32)
    public @Nullable String detail;

    public int published;

    public int late;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "started_at")
    public @Nullable Instant startedAt;

    @Column(name = "ended_at")
    public @Nullable Instant endedAt;
}

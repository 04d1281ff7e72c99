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
import studio.kiln.core.task.ChunkState;

/** The smallest thing that is scheduled. */
@Entity
@Table(name = "chunk")
@SuppressWarnings("NullAway.Init")
public final class ChunkRow {
    @Id
    public String id;

    public String task;

    public int ordinal;

    @Enumerated(EnumType.STRING)
    public ChunkKind kind;

    @Enumerated(EnumType.STRING)
    public ChunkState state;

    public int variant;

    @Column(length = Length.LONG32)
    public String frames;

    public int outputs;

    @Column(name = "outputs_done")
    public int outputsDone;

    public int failures;

    @Column(name = "lost_leases")
    public int lostLeases;

    public @Nullable String attempt;

    public @Nullable String node;

    @Column(name = "lease_until")
    public @Nullable Instant leaseUntil;

    @Column(name = "not_before")
    public @Nullable Instant notBefore;
}

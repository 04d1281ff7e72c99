package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Work to do once, in the server or on a node. */
@Entity
@Table(name = "job")
@SuppressWarnings("NullAway.Init")
public final class JobRow {
    @Id
    public String id;

    @Enumerated(EnumType.STRING)
    public JobKind kind;

    public String subject;

    public String owner;

    @Enumerated(EnumType.STRING)
    public JobState state;

    public int attempts;

    @Column(name = "lost_leases")
    public int lostLeases;

    public @Nullable String attempt;

    public @Nullable String node;

    public @Nullable String engine;

    @Column(name = "not_before")
    public Instant notBefore;

    /** When it was last handed to the broker since it is ready; null when that is still to be done. */
    @Column(name = "sent_at")
    public @Nullable Instant sentAt;

    @Column(name = "lease_until")
    public @Nullable Instant leaseUntil;

    public @Nullable String code;

    public @Nullable String message;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "ended_at")
    public @Nullable Instant endedAt;
}

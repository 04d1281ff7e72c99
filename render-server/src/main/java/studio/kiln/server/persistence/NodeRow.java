package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A machine that renders. */
@Entity
@Table(name = "node")
@SuppressWarnings("NullAway.Init")
public final class NodeRow {
    @Id
    public String id;

    public String name;

    public int slots;

    public int cores;

    @Column(name = "memory_bytes")
    public long memoryBytes;

    @Column(name = "set_aside")
    public boolean setAside;

    public @Nullable String why;

    public int failures;

    @Column(name = "seen_at")
    public Instant seenAt;

    @Column(name = "created_at")
    public Instant createdAt;
}

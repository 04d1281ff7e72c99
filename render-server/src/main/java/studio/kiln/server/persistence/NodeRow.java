package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
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

    /** What a wrangler wants of it. */
    @Enumerated(EnumType.STRING)
    public NodeState state = NodeState.ACTIVE;

    /** The process that speaks as this node now; null when none does. */
    public @Nullable String boot;

    /** Tells a copy of the node's data folder from the folder itself. */
    public @Nullable String machine;

    public @Nullable String version;

    /** Words, separated by commas. */
    public String tags = "";

    @Column(name = "load_percent")
    public int loadPercent;

    /** SHA-256 of its secret; null for the node that is part of a server. */
    public @Nullable String credential;

    /** Who else tried to speak as this node, in a sentence. */
    public @Nullable String clash;

    @Column(name = "clash_at")
    public @Nullable Instant clashAt;

    public boolean removed;

    @Column(name = "seen_at")
    public Instant seenAt;

    @Column(name = "created_at")
    public Instant createdAt;
}

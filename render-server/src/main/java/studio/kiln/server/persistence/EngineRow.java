package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.Length;
import org.jspecify.annotations.Nullable;

/** A Blender build of a node; {@code capabilities} is JSON in the form of {@code SessionCodec.store}. */
@Entity
@Table(name = "engine")
@SuppressWarnings("NullAway.Init")
public final class EngineRow {
    @Id
    public String id;

    public String node;

    public String version;

    @Column(name = "build_hash")
    public String buildHash;

    public String backend;

    public String containment;

    public String source;

    public String place;

    public String fingerprint;

    @Column(length = Length.LONG32)
    public @Nullable String capabilities;

    @Column(name = "proved_at")
    public @Nullable Instant provedAt;

    public @Nullable String problem;

    public boolean removed;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

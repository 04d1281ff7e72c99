package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A token with which one node joins, once; {@code digest} is the SHA-256 of it. */
@Entity
@Table(name = "node_enrolment")
@SuppressWarnings("NullAway.Init")
public final class NodeEnrolmentRow {
    @Id
    public String id;

    public String digest;

    @Column(name = "created_by")
    public String createdBy;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "expires_at")
    public Instant expiresAt;

    @Column(name = "used_at")
    public @Nullable Instant usedAt;

    /** The node that joined with it. */
    public @Nullable String node;
}

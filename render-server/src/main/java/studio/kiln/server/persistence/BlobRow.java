package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** Bytes that the store holds. */
@Entity
@Table(name = "blob")
@SuppressWarnings("NullAway.Init")
public final class BlobRow {
    @Id
    public String sha256;

    public long size;

    @Column(name = "created_at")
    public Instant createdAt;
}

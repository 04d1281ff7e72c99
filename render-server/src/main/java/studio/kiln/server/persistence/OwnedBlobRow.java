package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

/** Who has sent which bytes. */
@Entity
@Table(name = "owned_blob")
@IdClass(OwnedBlobRow.Key.class)
@SuppressWarnings("NullAway.Init")
public final class OwnedBlobRow {
    @Id
    public String owner;

    @Id
    public String sha256;

    @Column(name = "created_at")
    public Instant createdAt;

    /** The primary key. */
    public record Key(String owner, String sha256) implements Serializable {}
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** An upload under way; {@code received} of {@code size} bytes are stored. */
@Entity
@Table(name = "upload")
@SuppressWarnings("NullAway.Init")
public final class UploadRow {
    @Id
    public String id;

    public String version;

    public String sha256;

    public String owner;

    public long size;

    public long received;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "expires_at")
    public Instant expiresAt;
}

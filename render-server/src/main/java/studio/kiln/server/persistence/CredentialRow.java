package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A session or a token of an account; {@code digest} is the SHA-256 of the secret. */
@Entity
@Table(name = "credential")
@SuppressWarnings("NullAway.Init")
public final class CredentialRow {
    public static final String SESSION = "session";
    public static final String TOKEN = "token";

    @Id
    public String id;

    public String account;

    public String kind;

    public String name;

    public String digest;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "expires_at")
    public Instant expiresAt;

    @Column(name = "used_at")
    public @Nullable Instant usedAt;

    @Column(name = "revoked_at")
    public @Nullable Instant revokedAt;
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** Failed tries to sign in under a name or from an address. */
@Entity
@Table(name = "login_failure")
@SuppressWarnings("NullAway.Init")
public final class LoginFailureRow {
    @Id
    public String subject;

    public int failures;

    @Column(name = "blocked_until")
    public Instant blockedUntil;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

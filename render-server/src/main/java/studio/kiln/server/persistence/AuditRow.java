package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What somebody did, or was refused; {@code seq}, {@code previous} and {@code digest} are null until it is sealed. */
@Entity
@Table(name = "audit")
@SuppressWarnings("NullAway.Init")
public final class AuditRow {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    public long id;

    public Instant at;

    public String actor;

    @Column(name = "actor_kind")
    public String actorKind;

    public @Nullable String credential;

    public String address;

    public String act;

    @Column(name = "target_kind")
    public String targetKind;

    public String target;

    public String outcome;

    public String detail;

    public @Nullable Long seq;

    public @Nullable String previous;

    public @Nullable String digest;
}

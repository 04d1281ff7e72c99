package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A named set of accounts. */
@Entity
@Table(name = "account_group")
@SuppressWarnings("NullAway.Init")
public final class GroupRow {
    @Id
    public String id;

    public String name;

    @Column(name = "created_at")
    public Instant createdAt;
}

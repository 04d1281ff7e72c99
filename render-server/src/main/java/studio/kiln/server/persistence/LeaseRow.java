package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A duty that one server has at a time. */
@Entity
@Table(name = "lease")
@SuppressWarnings("NullAway.Init")
public final class LeaseRow {
    @Id
    public String name;

    public String holder;

    @Column(name = "lease_until")
    public Instant leaseUntil;
}

package studio.kiln.server.persistence;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The last number given out under a name. */
@Entity
@Table(name = "counter")
@SuppressWarnings("NullAway.Init")
public final class CounterRow {
    @Id
    public String name;

    public long last;
}

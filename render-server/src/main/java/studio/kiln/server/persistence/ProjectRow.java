package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A named folder of models and tasks. */
@Entity
@Table(name = "project")
@SuppressWarnings("NullAway.Init")
public final class ProjectRow {
    @Id
    public String id;

    public String name;

    public String owner;

    @Column(name = "created_at")
    public Instant createdAt;
}

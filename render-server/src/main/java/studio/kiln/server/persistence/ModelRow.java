package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An uploaded model; {@code newest} is the id of its newest version that is complete. */
@Entity
@Table(name = "model")
@SuppressWarnings("NullAway.Init")
public final class ModelRow {
    @Id
    public String id;

    public String project;

    public String name;

    public String owner;

    public String tags = "";

    public @Nullable String newest;

    public boolean deleted;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

/** How often a node has failed a task, and whether it still gets chunks of it. */
@Entity
@Table(name = "node_block")
@IdClass(NodeBlockRow.Key.class)
@SuppressWarnings("NullAway.Init")
public final class NodeBlockRow {
    @Id
    public String task;

    @Id
    public String node;

    public int failures;

    public boolean blocked;

    @Column(name = "updated_at")
    public Instant updatedAt;

    /** The primary key. */
    public record Key(String task, String node) implements Serializable {}
}

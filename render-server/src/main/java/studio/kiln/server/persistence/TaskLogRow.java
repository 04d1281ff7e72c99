package studio.kiln.server.persistence;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A line of a task's log. */
@Entity
@Table(name = "task_log")
@SuppressWarnings("NullAway.Init")
public final class TaskLogRow {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    public long id;

    public String task;

    public String attempt;

    public Instant at;

    public String level;

    public String message;
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;

/** {@code task} starts only when {@code afterTask} has succeeded. */
@Entity
@Table(name = "task_dependency")
@IdClass(TaskDependencyRow.Key.class)
@SuppressWarnings("NullAway.Init")
public final class TaskDependencyRow {
    @Id
    public String task;

    @Id
    @Column(name = "after_task")
    public String afterTask;

    /** The primary key. */
    public record Key(String task, String afterTask) implements Serializable {}
}

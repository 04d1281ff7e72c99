package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import org.hibernate.Length;
import org.jspecify.annotations.Nullable;

/** One look of a task's model. */
@Entity
@Table(name = "variant")
@IdClass(VariantRow.Key.class)
@SuppressWarnings("NullAway.Init")
public final class VariantRow {
    @Id
    public String task;

    @Id
    public int ordinal;

    public String name;

    @Column(length = Length.LONG32)
    public @Nullable String overrides;

    /** The primary key. */
    public record Key(String task, int ordinal) implements Serializable {}
}

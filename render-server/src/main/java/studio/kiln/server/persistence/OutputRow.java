package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One picture that a task owes. */
@Entity
@Table(name = "output")
@SuppressWarnings("NullAway.Init")
public final class OutputRow {
    @Id
    public String id;

    public String task;

    public @Nullable String chunk;

    public int ordinal;

    public int variant;

    public int frame;

    public String layer;

    @Column(name = "stereo_view")
    public String stereoView;

    public String part;

    public String recipe;

    public @Nullable String result;

    public boolean failed;
}

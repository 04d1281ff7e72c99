package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A published picture, or what a File Output node wrote with it. */
@Entity
@Table(name = "result")
@SuppressWarnings("NullAway.Init")
public final class ResultRow {
    @Id
    public String id;

    public String task;

    public String output;

    public String slot;

    public String kind;

    public String variant;

    public int frame;

    public String layer;

    @Column(name = "stereo_view")
    public String stereoView;

    public String part;

    public String extension;

    public String sha256;

    public long bytes;

    public int width;

    public int height;

    public double seconds;

    public boolean reused;

    public @Nullable String camera;

    public @Nullable String device;

    @Column(name = "node_name")
    public @Nullable String nodeName;

    public String recipe;

    public String measure;

    public @Nullable String attempt;

    @Column(name = "created_at")
    public Instant createdAt;
}

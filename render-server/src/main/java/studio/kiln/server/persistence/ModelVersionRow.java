package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.Length;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.VersionState;

/** One immutable version of a model; {@code inspection} and {@code warnings} are JSON in the form of {@code SessionCodec.store}. */
@Entity
@Table(name = "model_version")
@SuppressWarnings("NullAway.Init")
public final class ModelVersionRow {
    @Id
    public String id;

    public String model;

    public int version;

    @Enumerated(EnumType.STRING)
    public VersionState state;

    public String root;

    public String format;

    @Column(name = "manifest_digest")
    public String manifestDigest;

    public long bytes;

    @Column(name = "saved_by")
    public @Nullable String savedBy;

    /** The version of Blender that a person named for looking into it. */
    public @Nullable String blender;

    @Column(length = Length.LONG32)
    public @Nullable String inspection;

    @Column(length = Length.LONG32)
    public @Nullable String warnings;

    public @Nullable String problem;

    @Column(name = "problem_code")
    public @Nullable String problemCode;

    public @Nullable String thumbnail;

    public @Nullable String engine;

    public int objects;

    public long triangles;

    public boolean animated;

    @Column(name = "missing_files")
    public int missingFiles;

    @Column(name = "created_by")
    public String createdBy;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

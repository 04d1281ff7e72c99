package studio.kiln.server.persistence;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;

/** One file of a model version. */
@Entity
@Table(name = "model_file")
@IdClass(ModelFileRow.Key.class)
@SuppressWarnings("NullAway.Init")
public final class ModelFileRow {
    @Id
    public String version;

    @Id
    public String path;

    public String sha256;

    public long size;

    /** The primary key. */
    public record Key(String version, String path) implements Serializable {}
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A value that outlives the process. */
@Entity
@Table(name = "setting")
@SuppressWarnings("NullAway.Init")
public final class SettingRow {
    @Id
    public String name;

    @Column(name = "setting_value")
    public String settingValue;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

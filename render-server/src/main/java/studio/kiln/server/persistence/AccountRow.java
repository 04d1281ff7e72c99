package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;

/** A person; {@code password} is an Argon2id hash in PHC form, or null for one who cannot sign in. */
@Entity
@Table(name = "account")
@SuppressWarnings("NullAway.Init")
public final class AccountRow {
    @Id
    public String id;

    public String name;

    @Column(name = "display_name")
    public String displayName;

    @Enumerated(EnumType.STRING)
    public Role role;

    public @Nullable String password;

    public boolean disabled;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Thing;

/** What is shared with whom; {@code subject} is a project, model or task, {@code grantee} an account or group. */
@Entity
@Table(name = "share")
@SuppressWarnings("NullAway.Init")
public final class ShareRow {
    public static final String USER = "user";
    public static final String GROUP = "group";

    @Id
    public String id;

    @Enumerated(EnumType.STRING)
    public Thing.Kind kind;

    public String subject;

    public String grantee;

    @Column(name = "grantee_kind")
    public String granteeKind;

    @Enumerated(EnumType.STRING)
    public Access access;

    @Column(name = "created_by")
    public String createdBy;

    @Column(name = "created_at")
    public Instant createdAt;
}

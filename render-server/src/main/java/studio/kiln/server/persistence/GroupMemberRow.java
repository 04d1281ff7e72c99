package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

/** An account in a group. */
@Entity
@Table(name = "group_member")
@IdClass(GroupMemberRow.Key.class)
@SuppressWarnings("NullAway.Init")
public final class GroupMemberRow {
    @Id
    @Column(name = "group_id")
    public String groupId;

    @Id
    public String account;

    @Column(name = "created_at")
    public Instant createdAt;

    /** The primary key. */
    public record Key(String groupId, String account) implements Serializable {}
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.Length;
import org.jspecify.annotations.Nullable;

/** An event; {@code seq} is null until the sequencer has numbered it. */
@Entity
@Table(name = "event")
@SuppressWarnings("NullAway.Init")
public final class EventRow {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    public long id;

    public @Nullable Long seq;

    public String type;

    public String subject;

    public @Nullable String task;

    public String owner;

    @Column(length = Length.LONG32)
    public @Nullable String data;

    @Column(name = "created_at")
    public Instant createdAt;
}

package studio.kiln.server.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One transition: who or what moved what, from where to where, and why. */
@Entity
@Table(name = "timeline")
@SuppressWarnings("NullAway.Init")
public final class TimelineRow {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    public long id;

    public String task;

    public Instant at;

    public String actor;

    public String subject;

    @Column(name = "subject_id")
    public String subjectId;

    @Column(name = "state_from")
    public @Nullable String stateFrom;

    @Column(name = "state_to")
    public String stateTo;

    public @Nullable String why;
}

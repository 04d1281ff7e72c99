package studio.kiln.server.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.Page;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

/**
 * The rows of jobs, which are the truth about them whatever a broker says. A job is done by whoever turns its row from
 * {@code READY} to {@code LEASED}; what it does with it afterwards bears the attempt of that lease.
 */
final class JobTable {
    /** So often is a job tried before it is dead. */
    static final int MOST_ATTEMPTS = 8;

    /** The kinds that servers do. */
    static final List<JobKind> HERE =
            Arrays.stream(JobKind.values()).filter(kind -> !kind.onNode()).toList();

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final int LONGEST_MESSAGE = 4000;
    private static final int MOST_ITEMS = 500;

    private final Database database;

    JobTable(Database database) {
        this.database = database;
    }

    /** Adds a job unless there is one of its id. */
    void put(StatelessSession tx, Job job) {
        JobRow known = tx.get(JobRow.class, job.id());
        if (known != null) {
            return;
        }
        Instant now = Database.now(tx);
        JobRow row = new JobRow();
        row.id = job.id();
        row.kind = job.kind();
        row.subject = job.subject();
        row.owner = job.owner();
        row.state = JobState.READY;
        row.notBefore = now;
        row.createdAt = now;
        tx.insert(row);
    }

    /** The job that is due first, of those that servers do. */
    Optional<String> due() {
        return database.read(tx -> tx.createSelectionQuery(
                        "select id from JobRow where state = :ready and kind in :kinds and notBefore <= :now"
                                + " order by notBefore, createdAt",
                        String.class)
                .setParameter("ready", JobState.READY)
                .setParameter("kinds", HERE)
                .setParameter("now", Database.now(tx))
                .setMaxResults(1)
                .uniqueResultOptional());
    }

    /** What a broker still has to be told of, the oldest first. */
    List<JobRow> unsent(int most) {
        return database.read(tx -> tx.createSelectionQuery(
                        "from JobRow where state = :ready and kind in :kinds and sentAt is null and notBefore <= :now"
                                + " order by notBefore, createdAt",
                        JobRow.class)
                .setParameter("ready", JobState.READY)
                .setParameter("kinds", HERE)
                .setParameter("now", Database.now(tx))
                .setMaxResults(most)
                .getResultList());
    }

    /** Remembers that the broker has these; one that was taken since they were read is left as it is. */
    void sent(Collection<JobRow> jobs) {
        database.run(tx -> {
            Instant now = Database.now(tx);
            for (JobRow job : jobs) {
                tx.createMutationQuery("update JobRow set sentAt = :now where id = :id and state = :ready"
                                + " and sentAt is null and attempts = :attempts")
                        .setParameter("now", now)
                        .setParameter("id", job.id)
                        .setParameter("ready", JobState.READY)
                        .setParameter("attempts", job.attempts)
                        .executeUpdate();
            }
        });
    }

    /** How many jobs were sent longer ago than that and still wait. */
    long sentBefore(Duration age) {
        return database.read(tx -> tx.createSelectionQuery(
                        "select count(*) from JobRow where state = :ready and kind in :kinds and sentAt < :before",
                        Long.class)
                .setParameter("ready", JobState.READY)
                .setParameter("kinds", HERE)
                .setParameter("before", Database.now(tx).minus(age))
                .getSingleResult());
    }

    /** Has jobs that were sent longer ago than that sent again. */
    int sendAgain(Duration age) {
        return database.tx(tx -> tx.createMutationQuery(
                        "update JobRow set sentAt = null where state = :ready and kind in :kinds and sentAt < :before")
                .setParameter("ready", JobState.READY)
                .setParameter("kinds", HERE)
                .setParameter("before", Database.now(tx).minus(age))
                .executeUpdate());
    }

    /** Takes a job that is ready; null when it is not, or somebody else was faster. */
    @Nullable
    JobRow lease(String id, Duration lease) {
        return database.<@Nullable JobRow>tx(tx -> {
            int rows = tx.createMutationQuery(
                            "update JobRow set state = :leased, attempt = :attempt, attempts = attempts + 1,"
                                    + " leaseUntil = :until, sentAt = null"
                                    + " where id = :id and state = :ready and kind in :kinds and notBefore <= :now")
                    .setParameter("leased", JobState.LEASED)
                    .setParameter("attempt", Ids.next())
                    .setParameter("until", Database.now(tx).plus(lease))
                    .setParameter("id", id)
                    .setParameter("ready", JobState.READY)
                    .setParameter("kinds", HERE)
                    .setParameter("now", Database.now(tx))
                    .executeUpdate();
            return rows == 1 ? tx.get(JobRow.class, id) : null;
        });
    }

    /** Keeps what is being done from being taken back. */
    void renew(Collection<String> attempts, Duration lease) {
        database.run(tx -> tx.createMutationQuery(
                        "update JobRow set leaseUntil = :until where attempt in :attempts and state = :leased")
                .setParameter("until", Database.now(tx).plus(lease))
                .setParameter("attempts", attempts)
                .setParameter("leased", JobState.LEASED)
                .executeUpdate());
    }

    /**
     * Makes jobs ready again whose server is gone, and gives up those that ended one server after the other.
     *
     * @param all also those whose lease has not ended yet
     */
    int takeBack(boolean all) {
        return database.tx(tx -> {
            Instant now = Database.now(tx);
            String lost = " where state = :leased and kind in :kinds and (:all = true or leaseUntil < :now)";
            tx.createMutationQuery("update JobRow set state = :dead, leaseUntil = null, message = :message,"
                            + " endedAt = :now, lostLeases = lostLeases + 1" + lost + " and attempts >= :most")
                    .setParameter("dead", JobState.DEAD)
                    .setParameter("message", "Every server that began it was gone before it ended.")
                    .setParameter("leased", JobState.LEASED)
                    .setParameter("kinds", HERE)
                    .setParameter("all", all)
                    .setParameter("now", now)
                    .setParameter("most", MOST_ATTEMPTS)
                    .executeUpdate();
            return tx.createMutationQuery("update JobRow set state = :ready, leaseUntil = null, attempt = null,"
                            + " sentAt = null, lostLeases = lostLeases + 1" + lost)
                    .setParameter("ready", JobState.READY)
                    .setParameter("leased", JobState.LEASED)
                    .setParameter("kinds", HERE)
                    .setParameter("all", all)
                    .setParameter("now", now)
                    .executeUpdate();
        });
    }

    /** What became of a job; nothing is written when it was taken back since. */
    void end(JobRow row, JobState state, @Nullable String message) {
        database.run(tx -> {
            Instant now = Database.now(tx);
            tx.createMutationQuery(
                            "update JobRow set state = :state, leaseUntil = null, message = :message, notBefore = :due,"
                                    + " endedAt = :ended where id = :id and attempt = :attempt")
                    .setParameter("state", state)
                    .setParameter("message", cut(message))
                    .setParameter("due", state == JobState.READY ? now.plus(pauseAfter(row.attempts)) : now)
                    .setParameter("ended", state == JobState.READY ? null : now)
                    .setParameter("id", row.id)
                    .setParameter("attempt", row.attempt)
                    .executeUpdate();
        });
    }

    private static Duration pauseAfter(int attempts) {
        long millis = Math.min(FIRST_PAUSE.toMillis() << Math.min(attempts - 1, 20), LONGEST_PAUSE.toMillis());
        return Duration.ofMillis(millis + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    private static @Nullable String cut(@Nullable String message) {
        return message == null || message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE);
    }

    /** Gives a dead job another life. */
    boolean replay(String id) {
        return database.tx(tx -> tx.createMutationQuery(
                                "update JobRow set state = :ready, attempts = 0, notBefore = :now, endedAt = null,"
                                        + " sentAt = null where id = :id and state = :dead")
                        .setParameter("ready", JobState.READY)
                        .setParameter("now", Database.now(tx))
                        .setParameter("id", id)
                        .setParameter("dead", JobState.DEAD)
                        .executeUpdate()
                == 1);
    }

    /** Dead jobs of every kind, by id. */
    Page<JobView> dead(@Nullable String cursor, int limit) {
        int size = Math.clamp(limit, 1, MOST_ITEMS);
        List<JobRow> rows = database.read(tx -> tx.createSelectionQuery(
                        "from JobRow where state = :dead and id > :after order by id", JobRow.class)
                .setParameter("dead", JobState.DEAD)
                .setParameter("after", cursor == null ? "" : cursor)
                .setMaxResults(size + 1)
                .getResultList());
        return new Page<>(
                rows.stream().limit(size).map(JobTable::view).toList(),
                rows.size() > size ? rows.get(size - 1).id : null);
    }

    private static JobView view(JobRow row) {
        return new JobView(
                row.id,
                row.kind.name().toLowerCase(Locale.ROOT),
                row.subject,
                row.owner,
                row.attempts,
                row.message,
                row.createdAt,
                row.endedAt);
    }
}

package studio.kiln.server.audit;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.hibernate.StatelessSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.access.AuditChain;
import studio.kiln.server.ops.RecurringFailure;
import studio.kiln.server.persistence.AuditRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;

/** Seals the entries of the audit log, each second, on the one server that holds the duty. */
public final class AuditSealer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditSealer.class);
    private static final String DUTY = "audit-seal";
    private static final int BATCH = 500;

    private final RecurringFailure failure = new RecurringFailure(LOG, "The audit log could not be sealed");
    private final Database database;
    private final Duties duties;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-audit").factory());

    public AuditSealer(Database database, Duties duties) {
        this.database = database;
        this.duties = duties;
    }

    public void start() {
        timer.scheduleWithFixedDelay(this::pass, 1, 1, TimeUnit.SECONDS);
    }

    private void pass() {
        try {
            while (database.tx(this::seal) == BATCH) {
                LOG.debug("More entries of the audit log wait to be sealed");
            }
            failure.worked();
        } catch (RuntimeException e) {
            failure.failed(e);
        }
    }

    /** Seals what is there, at most {@link #BATCH}; gives how many. */
    private int seal(StatelessSession tx) {
        List<AuditRow> rows = tx.createSelectionQuery("from AuditRow where seq is null order by id", AuditRow.class)
                .setMaxResults(BATCH)
                .getResultList();
        if (rows.isEmpty() || !duties.hold(tx, DUTY)) {
            return 0;
        }
        // Takes the counter's lock: a server that lost the duty in this moment waits here, and then finds other rows.
        tx.createMutationQuery("update CounterRow set last = last + :n where name = :name")
                .setParameter("n", rows.size())
                .setParameter("name", AuditLog.COUNTER)
                .executeUpdate();
        long seq = AuditLog.lastSeq(tx) - rows.size();
        String digest = tx
                .createSelectionQuery("from AuditRow where seq is not null order by seq desc", AuditRow.class)
                .setMaxResults(1)
                .getResultList()
                .stream()
                .map(row -> Objects.requireNonNull(row.digest))
                .findFirst()
                .orElse(AuditChain.START);
        for (AuditRow row : rows) {
            seq++;
            String sealed = AuditChain.seal(seq, digest, AuditLog.entry(row));
            int updated = tx.createMutationQuery(
                            "update AuditRow set seq = :seq, previous = :previous, digest = :digest"
                                    + " where id = :id and seq is null")
                    .setParameter("seq", seq)
                    .setParameter("previous", digest)
                    .setParameter("digest", sealed)
                    .setParameter("id", row.id)
                    .executeUpdate();
            if (updated != 1) {
                throw new IllegalStateException("Another server sealed entry " + row.id + " at the same time");
            }
            digest = sealed;
        }
        return rows.size();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}

package studio.kiln.server.persistence;

import java.time.Duration;
import java.time.Instant;
import org.hibernate.StatelessSession;

/** Duties that one server has at a time, held by a lease in the database. */
public final class Duties {
    private static final Duration LEASE = Duration.ofSeconds(15);

    private final String holder;

    /** @param holder id of this server, another one at each start */
    public Duties(String holder) {
        this.holder = holder;
    }

    /** Takes or keeps a duty until 15 s from now; says whether this server has it. Part of the caller's transaction. */
    public boolean hold(StatelessSession tx, String duty) {
        Instant now = Database.now(tx);
        Instant until = now.plus(LEASE);
        int kept = tx.createMutationQuery("update LeaseRow set holder = :holder, leaseUntil = :until"
                        + " where name = :name and (holder = :holder or leaseUntil < :now)")
                .setParameter("holder", holder)
                .setParameter("until", until)
                .setParameter("name", duty)
                .setParameter("now", now)
                .executeUpdate();
        if (kept == 1) {
            return true;
        }
        if (tx.get(LeaseRow.class, duty) != null) {
            return false;
        }
        LeaseRow row = new LeaseRow();
        row.name = duty;
        row.holder = holder;
        row.leaseUntil = until;
        tx.insert(row);
        return true;
    }

    /** Lets go of every duty, so that another server need not wait for the lease to run out. */
    public void release(StatelessSession tx) {
        tx.createMutationQuery("update LeaseRow set leaseUntil = :past where holder = :holder")
                .setParameter("past", Database.now(tx).minusSeconds(1))
                .setParameter("holder", holder)
                .executeUpdate();
    }

    /** Takes over every duty: the embedded server is the only one of its data folder, so an earlier holder is gone. */
    public void takeAll(StatelessSession tx) {
        tx.createMutationQuery("update LeaseRow set holder = :holder, leaseUntil = :until")
                .setParameter("holder", holder)
                .setParameter("until", Database.now(tx).plus(LEASE))
                .executeUpdate();
    }
}

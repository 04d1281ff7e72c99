package studio.kiln.server.persistence;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.hibernate.StatelessSession;

/**
 * How a commit outlives what may happen next. Safe for any number of threads.
 *
 * <p>H2 writes a commit to its file and does not have the disk keep it, so that a power cut loses up to half a minute; and
 * it shows a commit to others before it is written, so that somebody may be told of what is then lost.
 */
interface Durability {
    /** Commits; afterwards what was written, and what this transaction may have read of others, is on the disk. */
    void commit(StatelessSession session, Runnable commit);

    /** A database that sees to it itself. */
    final class OfTheDatabase implements Durability {
        @Override
        public void commit(StatelessSession session, Runnable commit) {
            commit.run();
        }
    }

    /** The embedded H2: those that commit at the same time share one flush of the disk. */
    final class OfH2 implements Durability {
        private final Set<CountDownLatch> committing = ConcurrentHashMap.newKeySet();
        private final AtomicLong written = new AtomicLong();
        private final ReentrantLock flushing = new ReentrantLock();
        private long flushed;

        private static MVStore storeOf(Connection connection) throws SQLException {
            SessionLocal session =
                    (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
            return session.getDatabase().getStore().getMvStore();
        }

        @Override
        public void commit(StatelessSession session, Runnable commit) {
            // Of this very connection: a database that closed itself, for the disk was full, is another one afterwards.
            MVStore store = session.doReturningWork(OfH2::storeOf);
            CountDownLatch done = new CountDownLatch(1);
            committing.add(done);
            boolean wrote;
            try {
                long before = store.getCurrentVersion();
                commit.run();
                // Counts up with every write to the file.
                wrote = store.getCurrentVersion() != before;
                if (wrote) {
                    flush(store);
                }
            } finally {
                committing.remove(done);
                done.countDown();
            }
            if (!wrote) {
                committing.forEach(OfH2::await);
            }
        }

        private void flush(MVStore store) {
            long mine = written.incrementAndGet();
            flushing.lock();
            try {
                if (flushed < mine) {
                    long all = written.get();
                    store.sync();
                    flushed = all;
                }
            } finally {
                flushing.unlock();
            }
        }

        private static void await(CountDownLatch done) {
            boolean interrupted = false;
            while (true) {
                try {
                    done.await();
                    break;
                } catch (InterruptedException e) {
                    // Half of an answer helps nobody, and this takes no longer than a flush.
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

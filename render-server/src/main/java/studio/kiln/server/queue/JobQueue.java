package studio.kiln.server.queue;

import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.Page;
import studio.kiln.server.persistence.JobKind;

/**
 * Where jobs wait. Jobs for nodes ({@link JobKind#onNode}) are only kept and announced here; the scheduler hands them out.
 * Safe for any number of threads.
 */
public interface JobQueue extends AutoCloseable {
    /** Puts a job in, in the transaction of what causes it; does nothing when there is a job of that id already. */
    void put(StatelessSession tx, Job job);

    /** Says that jobs were put in; call it after the commit. */
    void wake();

    /**
     * Says on every server that nodes of a pool may find work; call it after the commit. It is only a hint: it never
     * blocks, may be lost or come twice, and nodes look by themselves every two seconds.
     */
    void hint(String pool);

    /** Who does the jobs of a kind; set before {@link #start}. */
    void handle(JobKind kind, Handler handler);

    /** Who is told, on any thread, when there may be work for nodes; set before {@link #start}. */
    void onNodeWork(Runnable listener);

    void start();

    /**
     * Does a job on this thread at once, if it is ready and nobody else does it; waits for its end when another thread of
     * this process does it.
     *
     * @return whether it was done by this thread
     */
    boolean runNow(String id);

    /**
     * Jobs that were given up, by id.
     *
     * @param cursor from the page before, or null
     * @param limit 1 to 500
     */
    Page<JobView> dead(@Nullable String cursor, int limit);

    /** Gives a dead job another life; false when there is no dead job of that id. */
    boolean replay(String id);

    /** What keeps jobs waiting, in a sentence; empty when nothing does. Answers at once. */
    Optional<String> problem();

    @Override
    void close();

    /** Does jobs. It may be called again for a job that was done, when the process ended at a bad moment. */
    @FunctionalInterface
    interface Handler {
        /** @throws Exception when it should be tried again later */
        void run(Job job) throws Exception;
    }
}

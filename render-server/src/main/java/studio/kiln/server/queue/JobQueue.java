package studio.kiln.server.queue;

import org.hibernate.StatelessSession;
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

    /** Who does the jobs of a kind; set before {@link #start}. */
    void handle(JobKind kind, Handler handler);

    /** Who is told when there may be jobs for nodes; set before {@link #start}. */
    void onNodeWork(Runnable listener);

    void start();

    /**
     * Does a job on this thread at once, if it is ready and nobody else does it; waits for its end when another thread of
     * this process does it.
     *
     * @return whether it was done by this thread
     */
    boolean runNow(String id);

    /** Gives a dead job another life. */
    boolean replay(String id);

    @Override
    void close();

    /** Does jobs. It may be called again for a job that was done, when the process ended at a bad moment. */
    @FunctionalInterface
    interface Handler {
        /** @throws Exception when it should be tried again later */
        void run(Job job) throws Exception;
    }
}

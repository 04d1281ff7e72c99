package studio.kiln.server.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.server.persistence.JobRow;

/**
 * Hands jobs that are due from the database to the broker. They are marked after the broker has confirmed them, so that a
 * bad moment sends one twice rather than never.
 */
final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final int BATCH = 200;

    private final JobTable table;
    private final BrokerLink link;
    private final Duration lostAfter;
    private long looked;
    private boolean fresh = true;

    Outbox(JobTable table, BrokerLink link, Duration lostAfter) {
        this.table = table;
        this.link = link;
        this.lostAfter = lostAfter;
    }

    /** Sends a batch; says whether there may be more. */
    boolean send() throws IOException, InterruptedException {
        findLost();
        List<JobRow> jobs = table.unsent(BATCH);
        if (jobs.isEmpty()) {
            return false;
        }
        link.publish(jobs);
        table.sent(jobs);
        return jobs.size() == BATCH;
    }

    // A broker that was emptied or made anew has forgotten what it had confirmed.
    private void findLost() throws IOException {
        long now = System.nanoTime();
        if (!fresh && now - looked < lostAfter.toNanos() / 2) {
            return;
        }
        Duration age = fresh ? Duration.ZERO : lostAfter;
        fresh = false;
        looked = now;
        if (table.sentBefore(age) > 0 && link.isEmpty()) {
            int again = table.sendAgain(age);
            LOG.warn("The broker has none of {} jobs that it had taken; they are sent again", again);
        }
    }
}

package studio.kiln.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

class EmbeddedQueueTest extends JobQueueContract {
    @Override
    JobQueue queue(Database database) {
        return new EmbeddedQueue(database);
    }

    @Test
    void what_another_server_of_the_same_database_has_begun_is_left_to_it() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger again = new AtomicInteger();
        Job job = Job.plan(Ids.next(), 1, "ada");
        try (JobQueue one = new EmbeddedQueue(database, false);
                JobQueue two = new EmbeddedQueue(database, false)) {
            one.handle(JobKind.PLAN, j -> {
                begun.countDown();
                go.await();
            });
            two.handle(JobKind.PLAN, j -> again.incrementAndGet());
            one.start();
            put(one, job);
            begun.await();
            two.start();
            Job other = Job.plan(Ids.next(), 1, "ada");
            put(two, other);
            Awaitility.await().until(() -> state(other) == JobState.DONE);
            go.countDown();
            Awaitility.await().until(() -> state(job) == JobState.DONE);
        }
        assertThat(again).hasValue(1);
    }

    @Test
    void a_job_that_an_earlier_process_had_begun_is_done_again() {
        Job job = Job.plan(Ids.next(), 1, "ada");
        try (JobQueue earlier = queue(database)) {
            database.run(tx -> {
                earlier.put(tx, job);
                tx.createMutationQuery("update JobRow set state = :leased, attempt = 'gone' where id = :id")
                        .setParameter("leased", JobState.LEASED)
                        .setParameter("id", job.id())
                        .executeUpdate();
            });
        }
        CountDownLatch done = new CountDownLatch(1);
        try (JobQueue queue = queue(database)) {
            queue.handle(JobKind.PLAN, j -> done.countDown());
            queue.start();
            Awaitility.await().until(() -> done.getCount() == 0);
            Awaitility.await()
                    .until(() -> database.<JobRow>read(tx -> tx.get(JobRow.class, job.id())).state == JobState.DONE);
        }
        assertThat(done.getCount()).isZero();
    }
}

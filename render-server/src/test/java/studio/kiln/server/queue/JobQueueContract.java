package studio.kiln.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.JobView;
import studio.kiln.core.api.Page;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

/** What every queue promises. */
@Tag("contract")
abstract class JobQueueContract {
    @TempDir
    Path folder;

    Database database;
    private final List<JobQueue> opened = new ArrayList<>();

    abstract JobQueue queue(Database database);

    Database database() {
        return Database.embedded(folder);
    }

    @BeforeEach
    void open() {
        database = database();
    }

    @AfterEach
    void close() {
        opened.forEach(JobQueue::close);
        database.close();
    }

    JobQueue started(JobQueue.Handler handler) {
        JobQueue queue = queue(database);
        opened.add(queue);
        queue.handle(JobKind.PLAN, handler);
        queue.start();
        return queue;
    }

    void put(JobQueue queue, Job job) {
        database.run(tx -> queue.put(tx, job));
        queue.wake();
    }

    JobState state(Job job) {
        JobRow row = database.read(tx -> tx.get(JobRow.class, job.id()));
        return row.state;
    }

    @Test
    void a_job_is_done_once_however_often_it_is_put_in() {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        JobQueue queue = started(job -> done.add(job.subject()));
        Job job = Job.plan(Ids.next(), 1, "ada");
        put(queue, job);
        Awaitility.await().until(() -> state(job) == JobState.DONE);
        put(queue, job);
        Job other = Job.plan(Ids.next(), 1, "ada");
        put(queue, other);
        Awaitility.await().until(() -> state(other) == JobState.DONE);
        assertThat(done).containsExactly(job.subject(), other.subject());
    }

    @Test
    void a_job_whose_transaction_is_rolled_back_was_never_there() {
        AtomicInteger runs = new AtomicInteger();
        JobQueue queue = started(job -> runs.incrementAndGet());
        Job lost = Job.plan(Ids.next(), 1, "ada");
        try {
            database.run(tx -> {
                queue.put(tx, lost);
                throw new IllegalStateException("rolled back");
            });
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("rolled back");
        }
        Job kept = Job.plan(Ids.next(), 1, "ada");
        put(queue, kept);
        Awaitility.await().until(() -> state(kept) == JobState.DONE);
        assertThat(runs).hasValue(1);
    }

    @Test
    void a_job_that_fails_is_tried_again_later() {
        AtomicInteger runs = new AtomicInteger();
        JobQueue queue = started(job -> {
            if (runs.incrementAndGet() < 3) {
                throw new IllegalStateException("not yet");
            }
        });
        Job job = Job.plan(Ids.next(), 1, "ada");
        put(queue, job);
        Awaitility.await().until(() -> state(job) == JobState.DONE);
        assertThat(runs).hasValue(3);
    }

    @Test
    void a_job_that_always_fails_dies_and_can_be_replayed() {
        AtomicInteger broken = new AtomicInteger(1);
        JobQueue queue = started(job -> {
            if (broken.get() == 1) {
                throw new IllegalStateException("broken");
            }
        });
        Job job = Job.plan(Ids.next(), 1, "ada");
        database.run(tx -> {
            queue.put(tx, job);
            tx.createMutationQuery("update JobRow set attempts = :nearly where id = :id")
                    .setParameter("nearly", JobTable.MOST_ATTEMPTS - 1)
                    .setParameter("id", job.id())
                    .executeUpdate();
        });
        queue.wake();
        Awaitility.await().until(() -> state(job) == JobState.DEAD);
        assertThat(database.<JobRow>read(tx -> tx.get(JobRow.class, job.id())).message)
                .contains("broken");
        broken.set(0);
        assertThat(queue.replay(job.id())).isTrue();
        Awaitility.await().until(() -> state(job) == JobState.DONE);
        assertThat(queue.replay(job.id())).isFalse();
    }

    @Test
    void a_job_can_be_done_at_once_on_the_callers_thread() {
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        JobQueue queue = started(job -> threads.add(Thread.currentThread()));
        Job job = Job.plan(Ids.next(), 1, "ada");
        database.run(tx -> queue.put(tx, job));
        boolean here = queue.runNow(job.id());
        Awaitility.await().until(() -> state(job) == JobState.DONE);
        assertThat(threads).hasSize(1);
        assertThat(threads.getFirst() == Thread.currentThread()).isEqualTo(here);
        assertThat(queue.runNow(job.id())).isFalse();
    }

    @Test
    void a_hint_wakes_who_waits_for_work_here_at_once() {
        AtomicInteger told = new AtomicInteger();
        JobQueue queue = queue(database);
        opened.add(queue);
        queue.onNodeWork(told::incrementAndGet);
        queue.start();
        queue.hint("cycles");
        assertThat(told.get()).isPositive();
    }

    @Test
    void jobs_for_nodes_are_announced_and_left_alone() {
        AtomicInteger told = new AtomicInteger();
        JobQueue queue = queue(database);
        opened.add(queue);
        queue.onNodeWork(told::incrementAndGet);
        queue.start();
        Job job = Job.inspect(Ids.next(), "ada");
        put(queue, job);
        assertThat(told.get()).isPositive();
        assertThat(queue.runNow(job.id())).isFalse();
        assertThat(state(job)).isEqualTo(JobState.READY);
    }

    @Test
    void who_looks_sees_what_was_given_up_and_why() {
        JobQueue queue = started(job -> {
            throw new IllegalStateException("broken");
        });
        List<Job> jobs = java.util.stream.IntStream.range(0, 3)
                .mapToObj(i -> Job.plan(Ids.next(), 1, "ada"))
                .toList();
        database.run(tx -> {
            jobs.forEach(job -> queue.put(tx, job));
            tx.createMutationQuery("update JobRow set attempts = :nearly")
                    .setParameter("nearly", JobTable.MOST_ATTEMPTS - 1)
                    .executeUpdate();
        });
        queue.wake();
        Awaitility.await().until(() -> queue.dead(null, 10).items().size() == 3);
        Page<JobView> first = queue.dead(null, 2);
        Page<JobView> rest = queue.dead(first.next(), 2);
        assertThat(first.items())
                .extracting(JobView::id)
                .containsExactly(jobs.get(0).id(), jobs.get(1).id());
        assertThat(rest.items())
                .extracting(JobView::id)
                .containsExactly(jobs.get(2).id());
        assertThat(rest.next()).isNull();
        JobView dead = rest.items().getFirst();
        assertThat(dead.problem()).contains("broken");
        assertThat(dead.kind()).isEqualTo("plan");
        assertThat(dead.attempts()).isEqualTo(JobTable.MOST_ATTEMPTS);
    }

    @Test
    void a_job_whose_server_is_gone_is_done_by_another_after_its_lease() {
        Job job = Job.plan(Ids.next(), 1, "ada");
        Job hopeless = Job.plan(Ids.next(), 1, "ada");
        JobTable table = new JobTable(database);
        database.run(tx -> {
            table.put(tx, job);
            table.put(tx, hopeless);
            tx.createMutationQuery("update JobRow set attempts = :nearly where id = :id")
                    .setParameter("nearly", JobTable.MOST_ATTEMPTS - 1)
                    .setParameter("id", hopeless.id())
                    .executeUpdate();
        });
        assertThat(table.lease(job.id(), Duration.ofSeconds(-1))).isNotNull();
        assertThat(table.lease(hopeless.id(), Duration.ofSeconds(-1))).isNotNull();
        assertThat(table.lease(job.id(), Duration.ofMinutes(1))).isNull();
        assertThat(table.takeBack(false)).isEqualTo(1);
        assertThat(state(job)).isEqualTo(JobState.READY);
        assertThat(state(hopeless)).isEqualTo(JobState.DEAD);
    }
}

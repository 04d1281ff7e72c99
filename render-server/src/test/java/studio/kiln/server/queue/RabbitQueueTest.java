package studio.kiln.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobState;

class RabbitQueueTest extends JobQueueContract {
    private final Broker broker = new Broker(uri(TestServices.rabbitmq()), "t" + Ids.next(), Duration.ofSeconds(2));

    static URI uri(Endpoint at) {
        return URI.create("amqp://" + at.user() + ":" + at.password() + "@" + at.host() + ":" + at.port());
    }

    @Override
    JobQueue queue(Database database) {
        return new RabbitQueue(database, broker);
    }

    @AfterEach
    void remove() throws Exception {
        onBroker(channel -> {
            channel.queueDelete(broker.jobs());
            channel.queueDelete(broker.dead());
            channel.exchangeDelete(broker.hints());
        });
    }

    private interface Work {
        void on(Channel channel) throws Exception;
    }

    private void onBroker(Work work) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(broker.uri());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            work.on(channel);
        }
    }

    private void send(Channel channel, Job job) throws Exception {
        channel.basicPublish(
                "",
                broker.jobs(),
                new AMQP.BasicProperties.Builder().messageId(job.id()).build(),
                new byte[0]);
    }

    private List<Job> putMany(JobQueue queue, int count) {
        List<Job> jobs = IntStream.range(0, count)
                .mapToObj(i -> Job.plan(Ids.next(), 1, "ada"))
                .toList();
        database.run(tx -> jobs.forEach(job -> queue.put(tx, job)));
        queue.wake();
        return jobs;
    }

    private void awaitDone(List<Job> jobs) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> jobs.stream().allMatch(job -> state(job) == JobState.DONE));
    }

    @Test
    void two_servers_on_one_broker_do_each_job_once_and_share_the_work() {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        JobQueue one = started(job -> {
            done.add(job.id());
            first.incrementAndGet();
        });
        JobQueue two = started(job -> {
            done.add(job.id());
            second.incrementAndGet();
        });
        List<Job> jobs = new ArrayList<>(putMany(one, 60));
        jobs.addAll(putMany(two, 60));
        awaitDone(jobs);
        assertThat(done).doesNotHaveDuplicates().hasSize(120);
        assertThat(first.get()).isPositive();
        assertThat(second.get()).isPositive();
    }

    @Test
    void a_message_that_comes_three_times_or_again_afterwards_changes_nothing() throws Exception {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        JobQueue queue = started(job -> done.add(job.id()));
        JobQueue other = started(job -> done.add(job.id()));
        List<Job> jobs = new ArrayList<>();
        jobs.addAll(putMany(queue, 20));
        onBroker(channel -> {
            for (int i = 0; i < 3; i++) {
                for (Job job : jobs) {
                    send(channel, job);
                }
            }
        });
        awaitDone(jobs);
        onBroker(channel -> {
            for (Job job : jobs) {
                send(channel, job);
            }
            channel.basicPublish("", broker.jobs(), null, "no job".getBytes());
        });
        jobs.addAll(putMany(other, 1));
        awaitDone(jobs);
        onBroker(channel -> Awaitility.await().until(() -> channel.messageCount(broker.jobs()) == 0));
        assertThat(done).doesNotHaveDuplicates().hasSize(21);
    }

    @Test
    void what_was_given_up_is_in_the_dead_letter_queue_too() throws Exception {
        JobQueue queue = started(job -> {
            throw new IllegalStateException("broken");
        });
        Job job = Job.plan(Ids.next(), 1, "ada");
        database.run(tx -> {
            queue.put(tx, job);
            tx.createMutationQuery("update JobRow set attempts = :nearly")
                    .setParameter("nearly", JobTable.MOST_ATTEMPTS - 1)
                    .executeUpdate();
        });
        queue.wake();
        Awaitility.await().until(() -> state(job) == JobState.DEAD);
        onBroker(channel -> {
            GetResponse[] found = new GetResponse[1];
            Awaitility.await().until(() -> (found[0] = channel.basicGet(broker.dead(), true)) != null);
            assertThat(found[0].getProps().getMessageId()).isEqualTo(job.id());
        });
    }

    @Test
    void a_hint_wakes_the_nodes_of_every_server() {
        AtomicInteger here = new AtomicInteger();
        AtomicInteger there = new AtomicInteger();
        JobQueue one = queue(database);
        JobQueue two = queue(database);
        one.onNodeWork(here::incrementAndGet);
        two.onNodeWork(there::incrementAndGet);
        try (one;
                two) {
            one.start();
            two.start();
            one.hint("cycles");
            assertThat(here.get()).isPositive();
            Awaitility.await().until(() -> {
                one.hint("cycles");
                return there.get() > 0;
            });
            assertThat(one.problem()).isEmpty();
        }
    }

    @Test
    void jobs_that_the_broker_lost_are_sent_again() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        JobQueue queue = started(job -> {
            go.await();
            done.add(job.id());
        });
        // As many as are done at a time wait for the go; the others are in the broker.
        List<Job> jobs = putMany(queue, 6);
        onBroker(channel -> {
            Awaitility.await().until(() -> channel.messageCount(broker.jobs()) == 4);
            Awaitility.await().until(() -> new JobTable(database).unsent(10).isEmpty());
            channel.queuePurge(broker.jobs());
        });
        go.countDown();
        awaitDone(jobs);
        assertThat(done).doesNotHaveDuplicates().hasSize(6);
    }

    @Test
    void a_queue_that_somebody_removed_is_made_again() throws Exception {
        JobQueue queue = started(job -> {});
        JobQueue quiet = queue(database);
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        quiet.handle(JobKind.PLAN, job -> done.add(job.id()));
        quiet.start();
        awaitDone(putMany(queue, 1));
        onBroker(channel -> channel.queueDelete(broker.jobs()));
        awaitDone(putMany(queue, 3));
        // Also the one that only takes jobs has noticed.
        try (quiet) {
            Awaitility.await().until(() -> {
                awaitDone(putMany(queue, 4));
                return !done.isEmpty();
            });
        }
        Awaitility.await().until(() -> queue.problem().isEmpty());
    }

    @Test
    void a_broker_that_is_not_there_is_named_in_a_sentence_without_its_password_and_the_caller_still_plans() {
        Broker nowhere = new Broker(URI.create("amqp://kiln:geheim@127.0.0.1:1"), broker.prefix());
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        try (JobQueue queue = new RabbitQueue(database, nowhere)) {
            queue.handle(JobKind.PLAN, job -> done.add(job.id()));
            queue.start();
            Job now = Job.plan(Ids.next(), 1, "ada");
            Job later = Job.plan(Ids.next(), 1, "ada");
            database.run(tx -> {
                queue.put(tx, now);
                queue.put(tx, later);
            });
            queue.wake();
            assertThat(queue.runNow(now.id())).isTrue();
            Awaitility.await().until(() -> queue.problem().isPresent());
            assertThat(queue.problem().orElseThrow())
                    .contains("amqp://127.0.0.1:1", "jobs wait in the database")
                    .doesNotContain("geheim");
            assertThat(state(later)).isEqualTo(JobState.READY);
            assertThat(done).containsExactly(now.id());
        }
    }
}

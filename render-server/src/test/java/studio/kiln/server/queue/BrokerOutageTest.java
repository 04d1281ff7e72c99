package studio.kiln.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.Services;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobKind;
import studio.kiln.server.persistence.JobRow;
import studio.kiln.server.persistence.JobState;

/** A broker of its own is killed and comes back, with jobs in it and more put in meanwhile. */
@Tag("fault")
class BrokerOutageTest {
    @TempDir
    Path folder;

    @Test
    void jobs_wait_while_the_broker_is_away_and_are_done_once_when_it_is_back() throws Exception {
        Services services = new Services(folder.resolve("services"), line -> {});
        services.up(List.of("rabbitmq"));
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        try (Database database = Database.embedded(folder.resolve("home"))) {
            Broker broker = new Broker(RabbitQueueTest.uri(services.endpoint("rabbitmq")), "kiln");
            try (JobQueue one = queue(database, broker, done);
                    JobQueue two = queue(database, broker, done)) {
                // RabbitMQ 3.10 writes the names of its quorum queues down up to half a second after it made them; one
                // that
                // is killed earlier has queues afterwards that answer nobody.
                List<Job> first = put(database, one, 1);
                Awaitility.await()
                        .pollDelay(Duration.ofSeconds(2))
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> allDone(database, first));
                List<Job> before = put(database, one, 30);
                kill(services.endpoint("rabbitmq"));
                List<Job> meanwhile = put(database, two, 30);
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> one.problem().isPresent() && two.problem().isPresent());
                services.up(List.of("rabbitmq"));
                List<Job> after = put(database, one, 5);
                List<Job> all = new ArrayList<>(first);
                all.addAll(before);
                all.addAll(meanwhile);
                all.addAll(after);
                Awaitility.await().atMost(Duration.ofSeconds(120)).until(() -> allDone(database, all));
                assertThat(done).doesNotHaveDuplicates().hasSize(66);
                Awaitility.await()
                        .until(() -> one.problem().isEmpty() && two.problem().isEmpty());
            }
        } finally {
            services.down(List.of());
        }
    }

    @Test
    @Tag("long")
    void queues_that_a_broker_was_killed_over_are_made_anew() throws Exception {
        Services services = new Services(folder.resolve("services"), line -> {});
        services.up(List.of("rabbitmq"));
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        try (Database database = Database.embedded(folder.resolve("home"))) {
            Broker broker = new Broker(RabbitQueueTest.uri(services.endpoint("rabbitmq")), "kiln");
            try (JobQueue queue = queue(database, broker, done)) {
                Endpoint at = services.endpoint("rabbitmq");
                List<Job> all = new ArrayList<>(put(database, queue, 1));
                JobTable table = new JobTable(database);
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(2))
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> table.unsent(1).isEmpty());
                kill(at);
                all.addAll(put(database, queue, 5));
                services.up(List.of("rabbitmq"));
                Awaitility.await().atMost(Duration.ofSeconds(110)).until(() -> allDone(database, all));
                assertThat(done).doesNotHaveDuplicates().hasSize(6);
            }
        } finally {
            services.down(List.of());
        }
    }

    @Test
    @Tag("long")
    void a_broker_that_is_frozen_holds_nobody_up_and_loses_nothing() throws Exception {
        Services services = new Services(folder.resolve("services"), line -> {});
        services.up(List.of("rabbitmq"));
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        try (Database database = Database.embedded(folder.resolve("home"))) {
            Endpoint at = services.endpoint("rabbitmq");
            JobQueue queue = queue(database, new Broker(RabbitQueueTest.uri(at), "kiln"), done);
            try {
                List<Job> all = new ArrayList<>(put(database, queue, 5));
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> allDone(database, all));
                signal("STOP", at);
                List<Job> meanwhile = put(database, queue, 5);
                assertThat(queue.runNow(meanwhile.getFirst().id())).isTrue();
                all.addAll(meanwhile);
                Awaitility.await()
                        .atMost(Duration.ofSeconds(40))
                        .until(() -> queue.problem().isPresent());
                signal("CONT", at);
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> allDone(database, all));
                assertThat(done).doesNotHaveDuplicates().hasSize(10);
                signal("STOP", at);
            } finally {
                long began = System.nanoTime();
                queue.close();
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(45));
                signal("CONT", at);
            }
        } finally {
            services.down(List.of());
        }
    }

    /** To the broker and everything that it started. */
    private static void signal(String name, Endpoint at) throws Exception {
        ProcessHandle process = ProcessHandle.of(at.process()).orElseThrow();
        List<String> command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(at.process())));
        process.descendants().forEach(child -> command.add(Long.toString(child.pid())));
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    }

    private static JobQueue queue(Database database, Broker broker, List<String> done) {
        JobQueue queue = new RabbitQueue(database, broker);
        queue.handle(JobKind.PLAN, job -> done.add(job.id()));
        queue.start();
        return queue;
    }

    private static void kill(Endpoint at) {
        ProcessHandle process = ProcessHandle.of(at.process()).orElseThrow();
        List<ProcessHandle> family = process.descendants().toList();
        process.destroyForcibly();
        family.forEach(ProcessHandle::destroyForcibly);
        Awaitility.await().until(() -> !process.isAlive() && family.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static List<Job> put(Database database, JobQueue queue, int count) {
        List<Job> jobs = IntStream.range(0, count)
                .mapToObj(i -> Job.plan(Ids.next(), 1, "ada"))
                .toList();
        database.run(tx -> jobs.forEach(job -> queue.put(tx, job)));
        queue.wake();
        return jobs;
    }

    private static boolean allDone(Database database, List<Job> jobs) {
        return database.read(tx ->
                jobs.stream().allMatch(job -> tx.<JobRow>get(JobRow.class, job.id()).state == JobState.DONE));
    }
}

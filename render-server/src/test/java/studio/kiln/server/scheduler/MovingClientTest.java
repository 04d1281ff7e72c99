package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.EventStream;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

/** Two whole servers on one MariaDB and one Redis, as behind one address that gives each request to either of them. */
@Tag("contract")
@Timeout(240)
class MovingClientTest {
    private static final int TASKS = 20;
    private static final int CHANGES = 1_000;
    private static final int HANDS = 10;
    private static final String LAST = "the last";
    /** So many events are heard of one server before the client is moved to the other. */
    private static final int STAY = 60;

    @TempDir
    Path folder;

    private KilnServer server(String name, Map<String, String> environment) throws Exception {
        return KilnServer.start(
                ServerConfig.of(environment).withHome(folder.resolve(name)).withoutNode());
    }

    @Test
    void a_client_that_is_moved_during_a_thousand_changes_ends_with_what_the_database_says() throws Exception {
        Endpoint at = TestServices.mariadb();
        Endpoint redis = TestServices.redis();
        String url = TestDatabases.newUrl(at);
        Map<String, String> environment = Map.of(
                "KILN_DATABASE_URL",
                url,
                "KILN_DATABASE_USER",
                at.user(),
                "KILN_DATABASE_PASSWORD",
                at.password(),
                "KILN_REDIS_URL",
                "redis://:" + redis.password() + "@" + redis.host() + ":" + redis.port(),
                "KILN_PREFIX",
                url.substring(url.lastIndexOf('/') + 1));
        String version;
        try (Farm farm =
                new Farm(folder.resolve("farm"), Farm.SETTINGS, Database.remote(url, at.user(), at.password()))) {
            farm.registerNode();
            version = farm.readyModel("a");
        }
        try (KilnServer one = server("one", environment);
                KilnServer two = server("two", environment);
                KilnClient first = new KilnClient(one.address());
                KilnClient second = new KilnClient(two.address());
                ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<KilnClient> servers = List.of(first, second);
            CountDownLatch listening = new CountDownLatch(1);
            Future<Map<String, String>> seen = pool.submit(() -> follow(servers, listening));
            listening.await();
            List<String> tasks = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
                tasks.add(servers.get(i % 2)
                        .submit(Farm.request(version, "1-3", (Integer) null), UUID.randomUUID())
                        .id());
            }
            List<Future<?>> hands = new ArrayList<>();
            for (int hand = 0; hand < HANDS; hand++) {
                int mine = hand;
                hands.add(pool.submit(() -> change(servers, tasks, mine)));
            }
            for (Future<?> hand : hands) {
                hand.get();
            }
            // Told last, on the server that the client is least likely to be at the end of. It is a task of its own: an
            // event
            // shows the newest view of its task, so one of a changed task could show the end long before it.
            tasks.add(second.submit(named(version), UUID.randomUUID()).id());

            Map<String, String> truth = new HashMap<>();
            for (String task : tasks) {
                TaskView view = first.task(task);
                truth.put(task, view.state() + " " + view.priority());
                assertThat(second.task(task).priority()).isEqualTo(view.priority());
            }
            assertThat(seen.get()).isEqualTo(truth);
        }
    }

    private static TaskRequest named(String version) {
        return new TaskRequest(version, LAST, "1", null, null, null, null, null, null, null, null, null);
    }

    private static void change(List<KilnClient> servers, List<String> tasks, int hand) {
        for (int i = 0; i < CHANGES / HANDS; i++) {
            // Each hand has tasks of its own, so that what it does is always possible.
            String task = tasks.get((i * HANDS + hand) % TASKS);
            KilnClient server = servers.get((i + hand / 2) % 2);
            switch (i / (TASKS / HANDS) % 3) {
                case 0 -> server.pause(task);
                case 1 -> server.resume(task);
                default -> server.priority(task, i % 90);
            }
        }
    }

    /** What somebody knows of the tasks who only listens, and is at one server after the other. */
    private static Map<String, String> follow(List<KilnClient> servers, CountDownLatch listening) throws Exception {
        Map<String, String> known = new HashMap<>();
        Long last = null;
        for (int at = 0; ; at++) {
            try (EventStream stream = servers.get(at % 2).events(null, last)) {
                listening.countDown();
                for (int heard = 0; heard < STAY; heard++) {
                    ServerEvent event = stream.next().orElseThrow();
                    assertThat(event.type()).isNotEqualTo("reset");
                    if (event.seq() != null) {
                        assertThat(event.seq()).isEqualTo(last == null ? event.seq() : last + 1);
                        last = event.seq();
                    }
                    if (event.type().equals("task")) {
                        String id = event.data().path("id").asString();
                        known.put(
                                id,
                                event.data().path("state").asString() + " "
                                        + event.data().path("priority").asInt());
                        if (event.data().path("name").asString().equals(LAST)) {
                            return known;
                        }
                    }
                }
            }
        }
    }
}

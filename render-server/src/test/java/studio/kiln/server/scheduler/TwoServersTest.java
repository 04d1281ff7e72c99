package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.EventStream;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.Services;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.TestDatabases;

/** Whole servers on a real MariaDB. */
@Tag("contract")
@Timeout(120)
class TwoServersTest {
    @TempDir
    Path folder;

    private KilnServer server(String name, String url, Endpoint at) throws Exception {
        return KilnServer.start(ServerConfig.of(Map.of(
                        "KILN_DATABASE_URL", url,
                        "KILN_DATABASE_USER", at.user(),
                        "KILN_DATABASE_PASSWORD", at.password()))
                .withHome(folder.resolve(name))
                .withoutNode());
    }

    /** What a node and a person left behind: an engine that is proved, and a model that is ready. */
    private String prepare(Database database) throws Exception {
        try (Farm farm = new Farm(folder.resolve("farm"), Farm.SETTINGS, database)) {
            farm.registerNode();
            return farm.readyModel("a");
        }
    }

    @Test
    void tasks_are_submitted_on_either_of_two_servers_and_both_tell_the_same_events() throws Exception {
        Endpoint at = TestServices.mariadb();
        String url = TestDatabases.newUrl(at);
        String version = prepare(Database.remote(url, at.user(), at.password()));
        try (KilnServer one = server("one", url, at);
                KilnServer two = server("two", url, at);
                KilnClient first = new KilnClient(one.address());
                KilnClient second = new KilnClient(two.address());
                EventStream ofFirst = first.events(null, null);
                EventStream ofSecond = second.events(null, null)) {
            Set<String> wanted = new HashSet<>();
            List<TaskView> tasks = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                KilnClient client = i % 2 == 0 ? first : second;
                TaskView task = client.submit(Farm.request(version, "1-3", (Integer) null), UUID.randomUUID());
                tasks.add(task);
                wanted.add(task.id());
            }
            assertThat(tasks).extracting(TaskView::number).doesNotHaveDuplicates();
            for (TaskView task : tasks) {
                Awaitility.await()
                        .untilAsserted(
                                () -> assertThat(second.task(task.id()).chunks().ready())
                                        .isEqualTo(1));
                assertThat(first.task(task.id()).state()).isEqualTo(TaskState.QUEUED);
            }
            String last = first.cancel(tasks.getLast().id()).id();
            List<String> seen = untilCancelled(ofFirst, last);
            assertThat(untilCancelled(ofSecond, last)).isEqualTo(seen);
            assertThat(wanted).allMatch(id -> seen.stream().anyMatch(event -> event.endsWith(id)));
        }
    }

    /** Number, type and task of each event; numbers are consecutive. */
    private static List<String> untilCancelled(EventStream stream, String task) throws Exception {
        List<String> seen = new ArrayList<>();
        long previous = -1;
        for (; ; ) {
            ServerEvent event = stream.next().orElseThrow();
            if (event.seq() == null) {
                continue;
            }
            assertThat(event.seq()).isEqualTo(previous < 0 ? event.seq() : previous + 1);
            previous = event.seq();
            String id = event.data().path("id").asString("");
            seen.add(event.seq() + " " + event.type() + " " + id);
            if (id.equals(task) && event.data().path("state").asString("").equals("CANCELLED")) {
                return seen;
            }
        }
    }

    @Test
    void a_server_that_starts_leaves_the_duties_of_a_living_one_alone() throws Exception {
        Endpoint at = TestServices.mariadb();
        String url = TestDatabases.newUrl(at);
        try (Database database = Database.remote(url, at.user(), at.password())) {
            Duties living = new Duties(Ids.next());
            assertThat(database.<Boolean>tx(tx -> living.hold(tx, "event-numbers")))
                    .isTrue();
            try (KilnServer starting = server("one", url, at)) {
                Duties another = new Duties(Ids.next());
                assertThat(database.<Boolean>tx(tx -> another.hold(tx, "event-numbers")))
                        .isFalse();
                assertThat(database.<Boolean>tx(tx -> living.hold(tx, "event-numbers")))
                        .isTrue();
                assertThat(starting.address()).isNotNull();
            }
        }
    }

    @Test
    void while_the_database_is_away_the_answer_is_503_and_afterwards_it_goes_on_by_itself() throws Exception {
        Services own = new Services(folder.resolve("services"), line -> {});
        own.up(List.of("mariadb"));
        try {
            Endpoint at = own.endpoint("mariadb");
            String url = "jdbc:mariadb://" + at.host() + ":" + at.port() + "/" + at.database();
            try (KilnServer server = server("one", url, at)) {
                assertThat(get(server, "/api/tasks").statusCode()).isEqualTo(200);
                own.down(List.of("mariadb"));
                HttpResponse<String> away = get(server, "/api/tasks");
                assertThat(away.statusCode()).isEqualTo(503);
                assertThat(away.body()).contains("DATABASE_DOWN");
                assertThat(get(server, "/api/health/ready").statusCode()).isEqualTo(503);
                assertThat(get(server, "/api/health/live").statusCode()).isEqualTo(200);
                own.up(List.of("mariadb"));
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> get(server, "/api/tasks").statusCode() == 200);
                assertThat(get(server, "/api/health/ready").statusCode()).isEqualTo(200);
            }
        } finally {
            own.down(List.of());
        }
    }

    private static HttpResponse<String> get(KilnServer server, String path) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(server.address().base() + path))
                            .header(
                                    "Authorization",
                                    "Bearer " + server.address().token())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}

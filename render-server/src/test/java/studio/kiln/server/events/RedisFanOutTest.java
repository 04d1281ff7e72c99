package studio.kiln.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.server.cache.Redis;
import studio.kiln.server.cache.RedisLink;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.persistence.Ids;

/** Two servers on one database. */
@Tag("contract")
class RedisFanOutTest {
    @TempDir
    Path folder;

    private Database database;
    private final List<Server> servers = new ArrayList<>();

    @BeforeEach
    void open() {
        database = Database.embedded(folder);
    }

    @AfterEach
    void close() {
        servers.forEach(Server::close);
        database.close();
    }

    private static Redis redis() {
        Endpoint at = TestServices.redis();
        return new Redis(URI.create("redis://:" + at.password() + "@" + at.host() + ":" + at.port()), "t" + Ids.next());
    }

    private Server server(Redis redis) {
        Server server = new Server(redis);
        servers.add(server);
        return server;
    }

    private final class Server {
        private final RedisLink link;
        private final RedisFanOut fanOut;
        private final EventHub hub;
        private final Sequencer sequencer;
        private final EventOutbox outbox;

        Server(Redis redis) {
            link = new RedisLink(redis);
            fanOut = new RedisFanOut(link);
            hub = new EventHub(database, (type, subject) -> Map.of("id", subject), fanOut);
            sequencer = new Sequencer(database, new Duties(Ids.next()), hub);
            outbox = new EventOutbox(hub, sequencer);
            hub.start();
            sequencer.start();
        }

        void record(String subject) {
            database.run(tx -> outbox.record(tx, "task", subject, subject, "ada", null));
            outbox.committed();
        }

        void close() {
            outbox.close();
            sequencer.close();
            hub.close();
            fanOut.close();
            link.close();
        }
    }

    @Test
    void listeners_of_both_servers_get_every_event_of_both_in_one_order_and_soon() {
        Redis redis = redis();
        Server one = server(redis);
        Server two = server(redis);
        List<Long> first = new CopyOnWriteArrayList<>();
        List<Long> second = new CopyOnWriteArrayList<>();
        one.hub.listen(null, null, event -> first.add(event.seq()));
        two.hub.listen(null, null, event -> second.add(event.seq()));
        for (int i = 0; i < 20; i++) {
            (i % 2 == 0 ? one : two).record("s" + i);
        }
        Awaitility.await().until(() -> first.size() == 20 && second.size() == 20);
        assertThat(first).isEqualTo(LongStream.rangeClosed(1, 20).boxed().toList());
        assertThat(second).isEqualTo(first);
        // One of the two gives no numbers, and hears of none but by Redis sooner than by looking every 2 s.
        long began = System.nanoTime();
        for (int i = 0; i < 6; i++) {
            int wanted = 21 + i;
            (i % 2 == 0 ? one : two).record("t" + i);
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> first.size() == wanted && second.size() == wanted);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void progress_reaches_the_listeners_of_the_other_server_once_and_without_a_number() {
        Redis redis = redis();
        Server one = server(redis);
        Server two = server(redis);
        List<ServerEvent> here = new CopyOnWriteArrayList<>();
        List<ServerEvent> there = new CopyOnWriteArrayList<>();
        List<ServerEvent> elsewhere = new CopyOnWriteArrayList<>();
        one.hub.listen(null, "t", here::add);
        two.hub.listen(null, "t", there::add);
        two.hub.listen(null, "other", elsewhere::add);
        int[] frame = {0};
        Awaitility.await().pollInterval(EventOutbox.PACE.plusMillis(50)).until(() -> {
            one.outbox.progress(new FrameProgress("t", ++frame[0], "rendering", 1, 2, "samples", "n", null));
            return !there.isEmpty();
        });
        Awaitility.await().until(() -> here.size() == frame[0]);
        assertThat(there).allMatch(event -> event.seq() == null && event.type().equals("progress"));
        assertThat(there.getLast().data().get("frame").intValue()).isBetween(1, frame[0]);
        assertThat(here)
                .extracting(event -> event.data().get("frame").intValue())
                .doesNotHaveDuplicates();
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void without_redis_every_event_arrives_all_the_same() {
        Redis nowhere = new Redis(URI.create("redis://127.0.0.1:1"), "x");
        Server one = server(nowhere);
        Server two = server(nowhere);
        List<Long> first = new CopyOnWriteArrayList<>();
        List<Long> second = new CopyOnWriteArrayList<>();
        one.hub.listen(null, null, event -> first.add(event.seq()));
        two.hub.listen(null, null, event -> second.add(event.seq()));
        one.record("a");
        two.record("b");
        one.record("c");
        Awaitility.await().until(() -> first.size() == 3 && second.size() == 3);
        assertThat(first).containsExactly(1L, 2L, 3L);
        assertThat(second).isEqualTo(first);
    }
}

package studio.kiln.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
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
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.persistence.Ids;

@Tag("contract")
class EventHubTest {
    @TempDir
    Path folder;

    Database database;
    EventHub hub;
    Sequencer sequencer;
    EventOutbox outbox;

    @BeforeEach
    void open() {
        database = Database.embedded(folder);
        hub = new EventHub(database, (type, subject) -> subject.equals("gone") ? null : Map.of("id", subject));
        // The earlier owner of the folder is gone, and its duties with it.
        Duties duties = new Duties(Ids.next());
        database.run(duties::takeAll);
        sequencer = new Sequencer(database, duties, hub);
        outbox = new EventOutbox(hub, sequencer);
        hub.start();
        sequencer.start();
    }

    @AfterEach
    void close() {
        outbox.close();
        sequencer.close();
        hub.close();
        database.close();
    }

    private void record(String type, String subject, String task) {
        database.run(tx -> outbox.record(tx, type, subject, task, "ada", null));
        outbox.committed();
    }

    private boolean holds(Duties duties) {
        return database.tx(tx -> duties.hold(tx, "duty"));
    }

    @Test
    void a_server_that_ends_leaves_its_duties_to_the_others_at_once() {
        Duties ending = new Duties("ending");
        Duties other = new Duties("other");
        assertThat(holds(ending)).isTrue();
        assertThat(holds(other)).isFalse();
        database.run(ending::release);
        assertThat(holds(other)).isTrue();
        assertThat(holds(ending)).isFalse();
    }

    @Test
    void events_of_many_threads_get_consecutive_numbers_and_reach_everybody_in_order() throws Exception {
        List<Long> first = new CopyOnWriteArrayList<>();
        List<Long> second = new CopyOnWriteArrayList<>();
        hub.listen(null, null, event -> first.add(event.seq()));
        hub.listen(null, null, event -> second.add(event.seq()));
        List<Thread> threads = java.util.stream.IntStream.range(0, 8)
                .mapToObj(i -> Thread.startVirtualThread(() -> {
                    for (int n = 0; n < 25; n++) {
                        record("task", "s" + i, "t" + i);
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> first.size() == 200 && second.size() == 200);
        assertThat(first).isEqualTo(LongStream.rangeClosed(1, 200).boxed().toList());
        assertThat(second).isEqualTo(first);
    }

    @Test
    void a_listener_that_comes_back_gets_what_it_missed() {
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 5; i++) {
            record("task", "s" + i, "t");
        }
        Awaitility.await().until(() -> hub.newest() == 5);
        hub.listen(2L, null, seen::add);
        Awaitility.await().until(() -> seen.size() == 3);
        assertThat(seen).extracting(ServerEvent::seq).containsExactly(3L, 4L, 5L);
        assertThat(seen.getFirst().data().get("id").stringValue()).isEqualTo("s2");
    }

    @Test
    void a_server_that_started_again_goes_on_with_the_numbers_and_still_has_the_old_events() {
        record("task", "s1", "t");
        Awaitility.await().until(() -> hub.newest() == 1);
        close();
        open();
        record("task", "s2", "t");
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        hub.listen(0L, null, seen::add);
        Awaitility.await().until(() -> seen.size() == 2);
        assertThat(seen).extracting(ServerEvent::seq).containsExactly(1L, 2L);
    }

    @Test
    void who_was_away_too_long_is_told_to_read_everything_anew() {
        for (int i = 0; i < 5; i++) {
            record("task", "s" + i, "t");
        }
        Awaitility.await().until(() -> hub.newest() == 5);
        database.run(
                tx -> tx.createMutationQuery("delete EventRow where seq <= 3").executeUpdate());
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        hub.listen(1L, null, seen::add);
        Awaitility.await().until(() -> !seen.isEmpty());
        assertThat(seen.getFirst().type()).isEqualTo("reset");
        assertThat(seen.getFirst().seq()).isEqualTo(5);
        record("task", "s9", "t");
        Awaitility.await().until(() -> seen.size() == 2);
        assertThat(seen.get(1).seq()).isEqualTo(6);
    }

    @Test
    void a_number_that_was_never_given_is_answered_with_a_reset() {
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        hub.listen(77L, null, seen::add);
        Awaitility.await().until(() -> !seen.isEmpty());
        assertThat(seen.getFirst().type()).isEqualTo("reset");
    }

    @Test
    void a_listener_of_one_task_hears_nothing_of_others() {
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        hub.listen(null, "mine", seen::add);
        record("task", "a", "other");
        record("result", "b", "mine");
        record("task", "gone", "mine");
        Awaitility.await().until(() -> seen.size() == 2);
        assertThat(seen).extracting(ServerEvent::subjectId).containsExactly("b", "gone");
        assertThat(seen.get(1).data().get("deleted").booleanValue()).isTrue();
    }

    @Test
    void progress_is_thinned_out_and_the_last_of_it_arrives() {
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        hub.listen(null, "t", seen::add);
        long began = System.nanoTime();
        for (int i = 1; i <= 400; i++) {
            outbox.progress(new FrameProgress("t", 1, "rendering", i, 400, "samples", "n", null));
        }
        Awaitility.await()
                .until(() ->
                        !seen.isEmpty() && seen.getLast().data().get("done").intValue() == 400);
        long windows = (System.nanoTime() - began) / EventOutbox.PACE.toNanos() + 2;
        assertThat((long) seen.size()).isLessThanOrEqualTo(windows);
        assertThat(seen).allMatch(event -> event.seq() == null && event.type().equals("progress"));
    }

    @Test
    void a_listener_that_throws_is_let_go_and_the_others_go_on() {
        List<ServerEvent> seen = new CopyOnWriteArrayList<>();
        EventHub.Subscription broken = hub.listen(null, null, event -> {
            throw new java.io.IOException("the line is gone");
        });
        hub.listen(null, null, seen::add);
        record("task", "a", "t");
        record("task", "b", "t");
        Awaitility.await().until(() -> seen.size() == 2 && !broken.isOpen());
        assertThat(seen).hasSize(2);
    }
}

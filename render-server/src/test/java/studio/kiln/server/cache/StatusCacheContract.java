package studio.kiln.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.task.TaskState;

/** What every cache of statuses promises. */
@Tag("contract")
abstract class StatusCacheContract {
    abstract StatusCache cache();

    static TaskStatus status(String id, long revision) {
        return new TaskStatus(
                id,
                TaskState.RUNNING,
                "rendering",
                revision,
                0,
                new OutputCounts(1, 0, 0, 0),
                null,
                null,
                null,
                Instant.EPOCH);
    }

    @Test
    void what_was_put_in_is_there() {
        StatusCache cache = cache();
        assertThat(cache.get("a")).isEmpty();
        cache.put(status("a", 3));
        assertThat(cache.get("a"))
                .hasValueSatisfying(s -> assertThat(s.revision()).isEqualTo(3));
    }

    @Test
    void an_older_status_never_replaces_a_newer_one() {
        StatusCache cache = cache();
        cache.put(status("a", 5));
        cache.put(status("a", 4));
        assertThat(cache.get("a"))
                .hasValueSatisfying(s -> assertThat(s.revision()).isEqualTo(5));
        cache.put(status("a", 6));
        assertThat(cache.get("a"))
                .hasValueSatisfying(s -> assertThat(s.revision()).isEqualTo(6));
    }

    @Test
    void a_status_that_was_read_before_a_change_is_not_kept_after_it() {
        StatusCache cache = cache();
        cache.put(status("a", 5));
        cache.outdate("a", 6);
        assertThat(cache.get("a")).isEmpty();
        cache.put(status("a", 5));
        assertThat(cache.get("a")).isEmpty();
        cache.put(status("a", 6));
        assertThat(cache.get("a")).isPresent();
        cache.outdate("a", 4);
        assertThat(cache.get("a")).isPresent();
    }

    @Test
    void a_change_that_was_announced_first_waits_for_its_status() {
        StatusCache cache = cache();
        cache.outdate("a", 3);
        cache.put(status("a", 2));
        assertThat(cache.get("a")).isEmpty();
        cache.put(status("a", 3));
        assertThat(cache.get("a")).contains(status("a", 3));
    }

    @Test
    void what_is_forgotten_can_be_put_in_anew() {
        StatusCache cache = cache();
        cache.put(status("a", 9));
        cache.forget("a");
        assertThat(cache.get("a")).isEmpty();
        cache.put(status("a", 2));
        assertThat(cache.get("a")).contains(status("a", 2));
    }

    @Test
    void whoever_writes_at_once_the_newest_revision_stays() throws Exception {
        StatusCache cache = cache();
        List<Thread> threads = IntStream.range(0, 8)
                .mapToObj(i -> Thread.startVirtualThread(() -> {
                    for (int n = 0; n < 50; n++) {
                        cache.put(status("a", 1 + (n * 8 + i) % 400));
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(cache.get("a"))
                .hasValueSatisfying(s -> assertThat(s.revision()).isEqualTo(400));
    }
}

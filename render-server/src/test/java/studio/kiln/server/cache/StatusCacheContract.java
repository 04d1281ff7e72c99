package studio.kiln.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.task.TaskState;

/** What every cache of statuses promises. */
@Tag("contract")
abstract class StatusCacheContract {
    abstract StatusCache cache();

    private static TaskStatus status(String id, long revision) {
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
}

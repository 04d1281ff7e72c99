package studio.kiln.server.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskStatus;

/** The cache of one process, in memory. */
public final class CaffeineStatusCache implements StatusCache {
    private static final int MOST = 20_000;

    private final Cache<String, Entry> entries = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(Duration.ofHours(1))
            .build();

    /** @param revision the newest that is known of; {@code status} is of that revision, or null */
    private record Entry(long revision, @Nullable TaskStatus status) {}

    @Override
    public Optional<TaskStatus> get(String taskId) {
        return Optional.ofNullable(entries.getIfPresent(taskId)).map(Entry::status);
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    @Override
    public void put(TaskStatus status) {
        entries.asMap()
                .merge(
                        status.id(),
                        new Entry(status.revision(), status),
                        (known, fresh) -> fresh.revision > known.revision
                                        || (fresh.revision == known.revision && known.status == null)
                                ? fresh
                                : known);
    }

    @Override
    public void outdate(String taskId, long revision) {
        entries.asMap()
                .merge(
                        taskId,
                        new Entry(revision, null),
                        (known, fresh) -> fresh.revision > known.revision ? fresh : known);
    }

    @Override
    public void forget(String taskId) {
        entries.invalidate(taskId);
    }
}

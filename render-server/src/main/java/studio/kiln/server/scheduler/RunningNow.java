package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import studio.kiln.core.api.FrameProgress;

/** How far the frame under way of each task is; never kept longer than it is fresh. */
final class RunningNow {
    private final Cache<String, FrameProgress> latest = Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofMinutes(2))
            .maximumSize(10_000)
            .build();

    void put(FrameProgress progress) {
        latest.put(progress.taskId(), progress);
    }

    Optional<FrameProgress> of(String task) {
        return Optional.ofNullable(latest.getIfPresent(task));
    }

    void forget(String task) {
        latest.invalidate(task);
    }
}

package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Sha256;

/** How far the frame under way of each task is; never kept longer than it is fresh. */
final class RunningNow {
    private final Cache<String, FrameProgress> latest = Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofMinutes(2))
            .maximumSize(10_000)
            .build();

    /** The drafts of each task that may be looked at: those that were named not long ago. */
    private final Cache<Draft, Boolean> drafts = Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofHours(2))
            .maximumSize(100_000)
            .build();

    private record Draft(String task, Sha256 digest) {}

    void put(FrameProgress progress) {
        latest.put(progress.taskId(), progress);
        if (progress.draft() != null) {
            drafts.put(new Draft(progress.taskId(), progress.draft()), true);
        }
    }

    /** Whether a digest is that of a draft of the task, rather than of somebody's file. */
    boolean isDraft(String task, Sha256 digest) {
        return drafts.getIfPresent(new Draft(task, digest)) != null;
    }

    Optional<FrameProgress> of(String task) {
        return Optional.ofNullable(latest.getIfPresent(task));
    }

    void forget(String task) {
        latest.invalidate(task);
    }
}

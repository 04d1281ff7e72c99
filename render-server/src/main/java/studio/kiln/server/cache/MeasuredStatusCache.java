package studio.kiln.server.cache;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import studio.kiln.core.api.TaskStatus;

/** Tells of each question to a cache whether it knew the answer. */
public final class MeasuredStatusCache implements StatusCache {
    private final StatusCache cache;
    private final Consumer<Boolean> asked;

    /** @param asked gets true for a hit; called on any thread */
    public MeasuredStatusCache(StatusCache cache, Consumer<Boolean> asked) {
        this.cache = cache;
        this.asked = asked;
    }

    @Override
    public Optional<TaskStatus> get(String taskId) {
        Optional<TaskStatus> known = cache.get(taskId);
        asked.accept(known.isPresent());
        return known;
    }

    @Override
    public boolean isLocal() {
        return cache.isLocal();
    }

    @Override
    public void put(TaskStatus status) {
        cache.put(status);
    }

    @Override
    public void outdate(String taskId, long revision) {
        cache.outdate(taskId, revision);
    }

    @Override
    public void outdate(Map<String, Long> revisions) {
        cache.outdate(revisions);
    }

    @Override
    public void forget(String taskId) {
        cache.forget(taskId);
    }
}

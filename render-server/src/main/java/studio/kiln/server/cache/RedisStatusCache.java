package studio.kiln.server.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.TaskStatus;
import tools.jackson.core.JacksonException;

/**
 * The cache that the servers of a studio share, in Redis. Each task has one hash there, with the newest known revision
 * ({@code r}) and the status of it ({@code s}); both are compared and set in one step. What Redis could not be told while it was away
 * is told before anything is believed again.
 */
public final class RedisStatusCache implements StatusCache {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStatusCache.class);
    private static final Duration KEPT = Duration.ofMinutes(2);
    private static final int MOST_MISSED = 50_000;

    private static final String PUT = """
            local r = redis.call('HGET', KEYS[1], 'r')
            local n = tonumber(ARGV[1])
            if r and (tonumber(r) > n or (tonumber(r) == n and redis.call('HEXISTS', KEYS[1], 's') == 1)) then
                return 0
            end
            redis.call('HSET', KEYS[1], 'r', ARGV[1], 's', ARGV[2])
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
            return 1
            """;

    // Of any number of tasks: the keys, and for each its revision after the time that it is kept.
    private static final String OUTDATE = """
            for i, key in ipairs(KEYS) do
                local r = redis.call('HGET', key, 'r')
                if not r or tonumber(r) < tonumber(ARGV[i + 1]) then
                    redis.call('HSET', key, 'r', ARGV[i + 1])
                    redis.call('HDEL', key, 's')
                    redis.call('PEXPIRE', key, ARGV[1])
                end
            end
            return 1
            """;

    private final RedisLink redis;
    private final Map<String, Long> missed = new ConcurrentHashMap<>();

    public RedisStatusCache(RedisLink redis) {
        this.redis = redis;
    }

    @Override
    public Optional<TaskStatus> get(String taskId) {
        Long late = missed.get(taskId);
        if (late != null && !tell(taskId, late)) {
            return Optional.empty();
        }
        try {
            return redis.ask(jedis -> jedis.hget(key(taskId), "s")).flatMap(RedisStatusCache::read);
        } catch (JedisDataException e) {
            LOG.debug("Redis refuses to read", e);
            return Optional.empty();
        }
    }

    private static Optional<TaskStatus> read(String text) {
        try {
            return Optional.of(ApiJson.LENIENT.readValue(text, TaskStatus.class));
        } catch (JacksonException e) {
            LOG.debug("Another version of Kiln wrote what is in the cache", e);
            return Optional.empty();
        }
    }

    @Override
    public boolean isLocal() {
        return false;
    }

    @Override
    public void put(TaskStatus status) {
        String text = ApiJson.LENIENT.writeValueAsString(status);
        try {
            redis.ask(jedis -> jedis.eval(
                    PUT,
                    List.of(key(status.id())),
                    List.of(Long.toString(status.revision()), text, Long.toString(KEPT.toMillis()))));
        } catch (JedisDataException e) {
            // The memory is full: then it is read from the database.
            LOG.debug("Redis keeps no status", e);
        }
    }

    @Override
    public void outdate(String taskId, long revision) {
        outdate(Map.of(taskId, revision));
    }

    @Override
    public void outdate(Map<String, Long> revisions) {
        if (tell(revisions)) {
            // Redis is there: what was missed is told, a little at each time.
            missed.entrySet().stream().limit(20).toList().forEach(entry -> tell(entry.getKey(), entry.getValue()));
        } else if (missed.size() < MOST_MISSED) {
            revisions.forEach((task, revision) -> missed.merge(task, revision, Math::max));
        }
    }

    /** Whether Redis knows of this revision now. */
    private boolean tell(String taskId, long revision) {
        return tell(Map.of(taskId, revision));
    }

    private boolean tell(Map<String, Long> revisions) {
        if (revisions.isEmpty()) {
            return true;
        }
        List<String> keys = new ArrayList<>();
        List<String> values = new ArrayList<>(List.of(Long.toString(KEPT.toMillis())));
        revisions.forEach((task, revision) -> {
            keys.add(key(task));
            values.add(Long.toString(revision));
        });
        try {
            boolean told = redis.ask(jedis -> jedis.eval(OUTDATE, keys, values)).isPresent();
            if (told) {
                revisions.forEach((task, revision) ->
                        missed.computeIfPresent(task, (id, known) -> known <= revision ? null : known));
            }
            return told;
        } catch (JedisDataException e) {
            // The memory is full, but removing is always allowed.
            LOG.debug("Redis keeps no revision", e);
            return revisions.keySet().stream().allMatch(this::remove);
        }
    }

    @Override
    public void forget(String taskId) {
        remove(taskId);
    }

    private boolean remove(String taskId) {
        try {
            return redis.ask(jedis -> jedis.del(key(taskId))).isPresent();
        } catch (JedisDataException e) {
            LOG.debug("Redis removes nothing", e);
            return false;
        }
    }

    private String key(String taskId) {
        return redis.name("status:" + taskId);
    }
}

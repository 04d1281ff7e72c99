package studio.kiln.server.cache;

import java.time.Duration;
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

    private static final String OUTDATE = """
            local r = redis.call('HGET', KEYS[1], 'r')
            if r and tonumber(r) >= tonumber(ARGV[1]) then
                return 0
            end
            redis.call('HSET', KEYS[1], 'r', ARGV[1])
            redis.call('HDEL', KEYS[1], 's')
            redis.call('PEXPIRE', KEYS[1], ARGV[2])
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
        if (tell(taskId, revision)) {
            // Redis is there: what was missed is told, a little at each time.
            missed.entrySet().stream().limit(20).toList().forEach(entry -> tell(entry.getKey(), entry.getValue()));
        } else if (missed.size() < MOST_MISSED) {
            missed.merge(taskId, revision, Math::max);
        }
    }

    /** Whether Redis knows of this revision now. */
    private boolean tell(String taskId, long revision) {
        try {
            boolean told = redis.ask(jedis -> jedis.eval(
                            OUTDATE,
                            List.of(key(taskId)),
                            List.of(Long.toString(revision), Long.toString(KEPT.toMillis()))))
                    .isPresent();
            if (told) {
                missed.computeIfPresent(taskId, (id, known) -> known <= revision ? null : known);
            }
            return told;
        } catch (JedisDataException e) {
            // The memory is full, but removing is always allowed.
            LOG.debug("Redis keeps no revision", e);
            return remove(taskId);
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

package studio.kiln.server.cache;

import java.util.Map;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;
import studio.kiln.server.ops.Finding;
import studio.kiln.server.persistence.Ids;

/** Tries a Redis with everything that Kiln does there, on a key of its own that it removes again. */
public final class RedisProbe {
    private static final String WHAT = "redis";
    private static final int PATIENCE_MS = 3_000;

    private RedisProbe() {}

    /** Whether it can be used: its version, the rights of the user, and what it does when its memory is full. */
    public static Finding of(Redis redis) {
        try (RedisLink link = new RedisLink(redis);
                Jedis jedis = link.listener(PATIENCE_MS)) {
            String version = version(jedis.info("server"));
            if (isOld(version)) {
                return Finding.gap(WHAT, "Redis " + version + " is too old", "Kiln needs Redis 6.2 or newer");
            }
            String key = link.name("doctor:" + Ids.next());
            jedis.set(key, "x", SetParams.setParams().ex(10));
            jedis.get(key);
            jedis.eval("return redis.call('get', KEYS[1])", 1, key);
            jedis.publish(link.name("doctor"), "x");
            jedis.del(key);
            return refusesWhenFull(jedis)
                    ? Finding.note(
                            WHAT,
                            "Redis " + version + " at " + redis + " refuses writes when its memory is full",
                            "redis-cli config set maxmemory-policy allkeys-lru")
                    : Finding.good(WHAT, "Redis " + version + " at " + redis + ", with all rights that Kiln needs");
        } catch (JedisDataException e) {
            boolean stranger = e instanceof JedisAccessControlException
                    && !String.valueOf(e.getMessage()).startsWith("NOPERM");
            return Finding.gap(
                    WHAT,
                    redis + ": " + e.getMessage(),
                    stranger
                            ? "set user and password in redis.url, or in the file of redis.url-file"
                            : "as an administrator of Redis: ACL SETUSER NAME ~" + redis.prefix() + ":* &"
                                    + redis.prefix() + ":* +@all");
        } catch (JedisException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            return Finding.gap(WHAT, redis + ": " + root.getMessage(), "see that it runs and that redis.url is right");
        }
    }

    private static boolean refusesWhenFull(Jedis jedis) {
        try {
            Map<String, String> settings = jedis.configGet("maxmemory*");
            return !settings.getOrDefault("maxmemory", "0").equals("0")
                    && settings.getOrDefault("maxmemory-policy", "").equals("noeviction");
        } catch (JedisDataException e) {
            // Redis of a provider often does not tell its settings.
            return false;
        }
    }

    private static String version(String info) {
        return info.lines()
                .filter(line -> line.startsWith("redis_version:"))
                .map(line -> line.substring("redis_version:".length()).strip())
                .findFirst()
                .orElse("?");
    }

    static boolean isOld(String version) {
        String[] parts = version.split("\\.", 3);
        try {
            int major = Integer.parseInt(parts[0]);
            return major < 6 || (major == 6 && parts.length > 1 && Integer.parseInt(parts[1]) < 2);
        } catch (NumberFormatException e) {
            return false;
        }
    }
}

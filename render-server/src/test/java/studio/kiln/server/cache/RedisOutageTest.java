package studio.kiln.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static studio.kiln.server.cache.StatusCacheContract.status;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.Services;

/** A Redis of its own is frozen, killed, emptied and filled up. */
@Tag("fault")
class RedisOutageTest {
    @TempDir
    Path folder;

    @Test
    void an_older_status_never_comes_back_whatever_happens_to_redis() throws Exception {
        Services services = new Services(folder, line -> {});
        services.up(List.of("redis"));
        Redis redis = new Redis(RedisStatusCacheTest.uri(services.endpoint("redis")), "kiln");
        try (RedisLink here = new RedisLink(redis);
                RedisLink there = new RedisLink(redis)) {
            StatusCache cache = new RedisStatusCache(here);
            StatusCache other = new RedisStatusCache(there);
            cache.put(status("a", 1));
            assertThat(other.get("a")).contains(status("a", 1));

            // Frozen: a change that cannot be told is told before the cache is believed again.
            signal("STOP", services.endpoint("redis"));
            long began = System.nanoTime();
            cache.outdate("a", 2);
            for (int i = 0; i < 100; i++) {
                assertThat(cache.get("a")).isEmpty();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
            assertThat(here.problem()).isPresent();
            signal("CONT", services.endpoint("redis"));
            Awaitility.await().until(() -> here.problem().isEmpty());
            assertThat(cache.get("a")).isEmpty();
            other.put(status("a", 1));
            assertThat(other.get("a")).isEmpty();
            other.put(status("a", 2));
            assertThat(cache.get("a")).contains(status("a", 2));

            // Killed, and back with nothing in it.
            ProcessHandle process =
                    ProcessHandle.of(services.endpoint("redis").process()).orElseThrow();
            process.destroyForcibly();
            process.onExit().get();
            assertThat(cache.get("a")).isEmpty();
            services.up(List.of("redis"));
            Awaitility.await()
                    .until(() -> here.problem().isEmpty() && there.problem().isEmpty());
            assertThat(cache.get("a")).isEmpty();
            cache.put(status("a", 3));
            assertThat(other.get("a")).contains(status("a", 3));

            // Emptied, then full and refusing to write: then what is there can still be removed.
            try (Jedis jedis = new Jedis(redis.uri())) {
                jedis.flushAll();
                assertThat(cache.get("a")).isEmpty();
                cache.put(status("a", 4));
                jedis.configSet("maxmemory-policy", "noeviction");
                jedis.configSet("maxmemory", "1mb");
                cache.put(status("b", 1));
                assertThat(cache.get("b")).isEmpty();
                cache.outdate("a", 5);
                assertThat(other.get("a")).isEmpty();
                assertThat(here.problem()).isEmpty();
                jedis.configSet("maxmemory-policy", "allkeys-lru");
                for (int i = 0; i < 200; i++) {
                    cache.put(status("t" + i, 1));
                }
                jedis.configSet("maxmemory", "0");
                cache.put(status("a", 5));
                assertThat(other.get("a")).contains(status("a", 5));
            }
        } finally {
            services.down(List.of());
        }
    }

    private static void signal(String name, Endpoint at) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(at.process()))
                        .start()
                        .waitFor())
                .isZero();
    }
}

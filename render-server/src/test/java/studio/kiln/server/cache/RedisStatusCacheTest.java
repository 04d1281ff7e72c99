package studio.kiln.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Ids;

class RedisStatusCacheTest extends StatusCacheContract {
    private final List<RedisLink> links = new ArrayList<>();
    private final Redis redis = new Redis(uri(TestServices.redis()), "t" + Ids.next());

    static URI uri(Endpoint at) {
        return URI.create("redis://:" + at.password() + "@" + at.host() + ":" + at.port() + "/0");
    }

    private RedisLink link(Redis to) {
        RedisLink link = new RedisLink(to);
        links.add(link);
        return link;
    }

    @Override
    StatusCache cache() {
        return new RedisStatusCache(link(redis));
    }

    @AfterEach
    void close() {
        links.forEach(RedisLink::close);
    }

    @Test
    void servers_share_what_they_know_and_studios_do_not() {
        StatusCache one = cache();
        StatusCache two = cache();
        StatusCache other = new RedisStatusCache(link(new Redis(redis.uri(), "t" + Ids.next())));
        one.put(status("a", 3));
        assertThat(two.get("a")).contains(status("a", 3));
        two.outdate("a", 4);
        assertThat(one.get("a")).isEmpty();
        assertThat(other.get("a")).isEmpty();
    }

    @Test
    void nothing_stays_for_ever() {
        cache().put(status("a", 3));
        cache().outdate("b", 3);
        try (Jedis jedis = new Jedis(redis.uri())) {
            for (String task : List.of("a", "b")) {
                assertThat(jedis.pttl(redis.prefix() + ":status:" + task)).isBetween(1L, 120_000L);
            }
        }
    }

    @Test
    void what_another_version_wrote_is_not_believed() {
        StatusCache cache = cache();
        try (Jedis jedis = new Jedis(redis.uri())) {
            jedis.hset(redis.prefix() + ":status:a", java.util.Map.of("r", "3", "s", "{not json"));
        }
        assertThat(cache.get("a")).isEmpty();
        cache.put(status("a", 4));
        assertThat(cache.get("a")).isPresent();
    }

    @Test
    void a_redis_that_is_not_there_costs_nothing_but_the_first_try_and_is_named_without_its_password() {
        RedisLink link = link(new Redis(URI.create("redis://:geheim@127.0.0.1:1/0"), "x"));
        StatusCache cache = new RedisStatusCache(link);
        assertThat(cache.get("a")).isEmpty();
        long began = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            cache.put(status("a", i));
            cache.outdate("a", i + 1);
            assertThat(cache.get("a")).isEmpty();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
        assertThat(link.problem().orElseThrow())
                .contains("redis://127.0.0.1:1", "read from the database")
                .doesNotContain("geheim");
    }
}
